// Tables to edit, an upload that refuses large files before sending.

/** @typedef {WidgetModel<{ rows: string[][], complaint: string, wrong: number[] }>} TableModel */
/** @typedef {WidgetModel<{ label: string, accept: string, max_bytes: number, complaint: string }>} UploadModel */
/** @typedef {TableModel & WidgetModel<{ title: string, note: string, columns: string[], editable: number[] }>} FactsModel */

/**
 * A new element inside another.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {HTMLElement} parent
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function make(tag, parent, properties = {}) {
  const element = document.createElement(tag);
  parent.appendChild(element);
  return Object.assign(element, properties);
}

/**
 * The place under a table or a button where a refusal is said, to a screen reader too.
 * @param {HTMLElement} root
 */
function complaintIn(root) {
  const complaint = make("div", root, { className: "hw-complaint" });
  complaint.setAttribute("role", "alert");
  return complaint;
}

/**
 * Say what is refused, and mark its cell.
 * @param {TableModel} model
 * @param {HTMLElement} complaint
 * @param {(Element | null)[][]} boxes by row and column
 */
function mark(model, complaint, boxes) {
  complaint.textContent = model.get("complaint");
  const [i, k] = model.get("wrong");
  boxes.forEach((row, r) => {
    row.forEach((box, c) => {
      box?.setAttribute("aria-invalid", String(r === i && c === k));
    });
  });
}

const LONGEST = 20_000; // characters, as the kernel takes them
const CELLS = ["coin", "quantity", "price in dollars"];

/**
 * @param {HTMLElement} line
 * @param {string[]} row
 * @param {number} i
 * @param {() => void} changed
 */
function holdingCells(line, row, i, changed) {
  row.forEach((text, k) => {
    const input = make("input", make("td", line), { className: "hw-cell", value: text, size: k ? 8 : 5 });
    input.inputMode = k ? "decimal" : "text";
    input.autocomplete = "off";
    input.spellcheck = false;
    input.setAttribute("aria-label", `${CELLS[k]}, row ${i + 1}`);
    input.addEventListener("change", changed);
  });
}

/**
 * Send several coins that are pasted or dropped to the kernel, which reads them; one word is typed into its cell.
 * @param {TableModel} model
 * @param {HTMLElement} root
 */
function takeSeveral(model, root) {
  root.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text") ?? "";
    if (!/\S\s+\S|\w,\w/.test(text.trim())) return;
    event.preventDefault();
    model.send({ pasted: text });
  });
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", async (event) => {
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    model.send({ pasted: await file.slice(0, LONGEST + 1).text() });
  });
}

/**
 * Save the rows as a CSV file.
 * @param {string[][]} rows
 */
function download(rows) {
  const text = [["symbol", "quantity", "price"], ...rows].map((row) => `${row.join(",")}\n`).join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "holdings.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/** @param {{ model: TableModel, el: HTMLElement }} context */
function table({ model, el }) {
  const root = make("div", el);
  const grid = make("table", root, { className: "hw-table" });
  const head = make("tr", make("thead", grid));
  for (const name of ["coin", "quantity", "price, $", ""]) make("th", head, { textContent: name, scope: "col" });
  const body = make("tbody", grid);
  const tools = make("div", root, { className: "hw-tools" });
  const add = make("button", tools, { className: "hw-button", type: "button", textContent: "+ add a coin" });
  const save = make("button", tools, { className: "hw-button", type: "button", textContent: "Save as CSV" });
  save.title = "Paste a list such as “5 SOL, 800 ADA” into a cell, or drop such a file here, to read it again";
  const complaint = complaintIn(root);
  takeSeveral(model, root);

  const boxes = () => [...body.rows].map((row) => [...row.querySelectorAll("input")]);
  const read = () => boxes().map((row) => row.map((input) => input.value));
  /** @param {string[][]} rows */
  const send = (rows) => {
    model.set("rows", rows);
    model.save_changes();
  };
  const build = () => {
    const rows = model.get("rows");
    if (JSON.stringify(rows) !== JSON.stringify(read())) {
      body.replaceChildren();
      rows.forEach((row, i) => {
        const line = make("tr", body);
        holdingCells(line, row, i, () => send(read()));
        const away = make("button", make("td", line), { className: "hw-row-button", type: "button", textContent: "×" });
        away.setAttribute("aria-label", `remove row ${i + 1}`);
        away.title = "remove";
        away.disabled = rows.length < 2;
        away.addEventListener("click", () => send(read().filter((_row, k) => k !== i)));
      });
    }
    mark(model, complaint, boxes());
  };
  add.addEventListener("click", () => {
    send([...read(), ["BTC", "0.01", ""]]); // the kernel knows its price
    body.rows[body.rows.length - 1]?.querySelector("input")?.select();
  });
  save.addEventListener("click", () => download(read()));
  model.on("change:rows", build);
  model.on("change:complaint change:wrong", () => mark(model, complaint, boxes()));
  build();
}

/** @param {{ model: UploadModel, el: HTMLElement }} context */
function upload({ model, el }) {
  const root = make("div", el);
  const tools = make("label", root, { className: "hw-tools" });
  const file = make("input", tools, { type: "file", className: "hw-file", accept: model.get("accept") });
  make("span", tools, { className: "hw-button", textContent: model.get("label") });
  const complaint = complaintIn(root);
  const say = (said = model.get("complaint")) => {
    complaint.textContent = said;
  };
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    const limit = model.get("max_bytes");
    if (chosen.size > limit) {
      complaint.textContent = `The file must be at most ${limit / 1e6} MB, not ${(chosen.size / 1e6).toFixed(1)} MB; nothing was sent. A larger one goes by "hedge-widgets app --prices FILE".`;
    } else {
      complaint.textContent = `Reading ${chosen.name} …`;
      model.send({ name: chosen.name }, undefined, [await chosen.arrayBuffer()]);
    }
    file.value = "";
  });
  model.on("msg:custom", (/** @type {any} */ done) => say(done.complaint));
  model.on("change:complaint", () => say());
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
