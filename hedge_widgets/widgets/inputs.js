// An upload that refuses large files before sending, and a table of constants to edit.

import { complaintIn, make, mark, table } from "./rows.js";

/** @typedef {import("./rows.js").TableModel} TableModel */
/** @typedef {WidgetModel<{ label: string, accept: string, max_bytes: number, complaint: string, remark: string }>} UploadModel */
/** @typedef {TableModel & WidgetModel<{ title: string, note: string, columns: string[], editable: number[] }>} FactsModel */

/** @param {{ model: UploadModel, el: HTMLElement }} context */
function upload({ model, el }) {
  const root = make("div", el);
  const tools = make("label", root, { className: "hw-tools" });
  const file = make("input", tools, { type: "file", className: "hw-file", accept: model.get("accept") });
  make("span", tools, { className: "hw-button", textContent: model.get("label") });
  const asked = make("label", root, { textContent: "Which coin is it? ", hidden: true });
  const coin = make("input", asked, { type: "text", placeholder: "such as BTC", maxLength: 20, size: 12 });
  const complaint = complaintIn(root);
  const remark = make("p", root, { className: "hw-note" });
  const say = (said = model.get("complaint"), read = model.get("remark")) => {
    complaint.textContent = said;
    remark.textContent = read;
    remark.hidden = !read;
  };
  /** @type {{ name: string, data: ArrayBuffer } | undefined} */
  let sent;
  const send = () => {
    if (!sent) return;
    say(`Reading ${sent.name} …`, "");
    model.send({ name: sent.name, coin: coin.value }, undefined, [sent.data]);
    coin.value = "";
  };
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    const limit = model.get("max_bytes");
    if (chosen.size > limit) {
      const size = `${limit / 1e6} MB, not ${(chosen.size / 1e6).toFixed(1)} MB`;
      say(
        `The file must be at most ${size}; nothing was sent. A larger one goes by "hedge-widgets app --prices FILE".`,
        "",
      );
    } else {
      sent = { name: chosen.name, data: await chosen.arrayBuffer() };
      coin.value = "";
      send();
    }
    file.value = "";
  });
  coin.addEventListener("change", send);
  model.on("msg:custom", (/** @type {any} */ done) => {
    say(done.complaint, done.remark);
    asked.hidden = !done.asks;
    if (done.asks) coin.focus();
  });
  model.on("change:complaint change:remark", () => say());
  say();
}

/**
 * A cell that can be edited; the kernel judges what is typed.
 * @param {FactsModel} model
 * @param {HTMLElement} cell
 * @param {string} text
 * @param {number} row
 * @param {number} column
 */
function factBox(model, cell, text, row, column) {
  const input = make("input", cell, { className: "hw-cell", value: text, size: 10 });
  input.inputMode = "decimal";
  input.autocomplete = "off";
  input.setAttribute("aria-label", `${model.get("rows")[row][0]}: ${model.get("columns")[column]}`);
  input.addEventListener("change", () => model.send({ kind: "edit", row, column, text: input.value }));
}

/**
 * A folded table of constants, each with source and date; the cells of some columns can be edited. The kernel judges
 * what is typed and sends the rows anew; a cell it refuses keeps what was typed and is marked.
 * @param {{ model: FactsModel, el: HTMLElement }} context
 */
function facts({ model, el }) {
  const root = make("details", el, { className: "hw-facts" });
  const summary = make("summary", root);
  const grid = make("table", make("div", root, { className: "hw-scroll" }), { className: "hw-figures hw-words" });
  const complaint = complaintIn(root);
  const note = make("p", root, { className: "hw-note" });
  const build = () => {
    const focused = [...grid.querySelectorAll("input")].indexOf(
      /** @type {HTMLInputElement} */ (document.activeElement),
    );
    summary.textContent = model.get("title");
    note.textContent = model.get("note");
    grid.replaceChildren();
    const head = make("tr", make("thead", grid));
    for (const name of model.get("columns")) make("th", head, { textContent: name, scope: "col" });
    const body = make("tbody", grid);
    model.get("rows").forEach((row, i) => {
      const line = make("tr", body);
      row.forEach((text, k) => {
        const cell = make("td", line);
        if (model.get("editable").includes(k) && /^[\d.,eE+-]+$/.test(text)) factBox(model, cell, text, i, k);
        else cell.textContent = text;
      });
    });
    if (focused >= 0) grid.querySelectorAll("input")[focused]?.focus();
  };
  const markCells = () => {
    const rows = [...(grid.tBodies[0]?.rows ?? [])];
    mark(
      model,
      complaint,
      rows.map((row) => [...row.cells].map((cell) => cell.firstElementChild)),
    );
  };
  model.on("change:rows change:title change:note", build);
  model.on("change:complaint change:wrong", markCells);
  build();
  markCells();
}

const ROLES = { table, upload, facts };

export default {
  /** @param {{ model: WidgetModel<any>, el: HTMLElement }} context */
  render: (context) => ROLES[/** @type {keyof typeof ROLES} */ (context.model.get("role"))](context),
};
