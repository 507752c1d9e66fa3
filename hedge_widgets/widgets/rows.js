// A table of rows to edit, and what it shares with the other inputs.

/** @typedef {WidgetModel<{ rows: string[][], complaint: string, wrong: number[] }>} TableModel */
/** @typedef {{ heads: string[], fields: string[], options: string[], shown: Record<string, string>, blank: string[], add: string, file: string, least: number, hint: string }} TableLook */
/** @typedef {TableModel & WidgetModel<{ look: TableLook }>} RowsModel */

/**
 * A new element inside another.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {HTMLElement} parent
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, parent, properties = {}) {
  const element = document.createElement(tag);
  parent.appendChild(element);
  return Object.assign(element, properties);
}

/**
 * The place under a table or a button where a refusal is said, to a screen reader too.
 * @param {HTMLElement} root
 */
export function complaintIn(root) {
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
export function mark(model, complaint, boxes) {
  complaint.textContent = model.get("complaint");
  const [i, k] = model.get("wrong");
  boxes.forEach((row, r) => {
    row.forEach((box, c) => {
      box?.setAttribute("aria-invalid", String(r === i && c === k));
    });
  });
}

/** @type {"input"} what has a value in a row */
const FIELDS = /** @type {any} */ ("input, select");
const LONGEST = 20_000; // characters, as the kernel takes them

/**
 * @param {HTMLElement} cell
 * @param {string} text
 * @param {boolean} isNumber
 */
function textCell(cell, text, isNumber) {
  const input = make("input", cell, { className: "hw-cell", value: text, size: isNumber ? 8 : 5 });
  input.inputMode = isNumber ? "decimal" : "text";
  input.autocomplete = "off";
  input.spellcheck = false;
  return input;
}

/**
 * @param {HTMLElement} cell
 * @param {string} chosen
 * @param {TableLook} look
 */
function choiceCell(cell, chosen, { options, shown }) {
  const select = make("select", cell, { className: "hw-cell" });
  for (const name of options.includes(chosen) ? options : [chosen, ...options]) {
    make("option", select, { textContent: shown[name] ?? name, value: name });
  }
  select.value = chosen;
  return select;
}

/**
 * @param {TableLook} look
 * @param {HTMLElement} line
 * @param {string[]} row
 * @param {number} i
 * @param {() => void} changed
 */
function rowCells(look, line, row, i, changed) {
  row.forEach((text, k) => {
    const cell = make("td", line);
    const isChoice = k === 0 && look.options.length > 0;
    const box = isChoice ? choiceCell(cell, text, look) : textCell(cell, text, k > 0);
    box.setAttribute("aria-label", `${look.heads[k]}, row ${i + 1}`);
    box.addEventListener("change", changed);
  });
}

/**
 * Send several rows that are pasted or dropped to the kernel, which reads them; one word is typed into its cell.
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
 * @param {TableLook} look
 * @param {string[][]} rows
 */
function download(look, rows) {
  const text = [look.fields, ...rows].map((row) => `${row.join(",")}\n`).join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = look.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/** @param {{ model: RowsModel, el: HTMLElement }} context */
export function table({ model, el }) {
  const look = model.get("look");
  const root = make("div", el);
  const grid = make("table", make("div", root, { className: "hw-scroll" }), { className: "hw-table" });
  const head = make("tr", make("thead", grid));
  for (const name of look.heads) make("th", head, { textContent: name, scope: "col" });
  make("td", head); // above the buttons that remove a row
  const body = make("tbody", grid);
  const tools = make("div", root, { className: "hw-tools" });
  const add = make("button", tools, { className: "hw-button", type: "button", textContent: look.add });
  const save = make("button", tools, { className: "hw-button", type: "button", textContent: "Save as CSV" });
  save.title = look.hint;
  const complaint = complaintIn(root);
  takeSeveral(model, root);

  const boxes = () => [...body.rows].map((row) => [...row.querySelectorAll(FIELDS)]);
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
        rowCells(look, line, row, i, () => send(read()));
        const away = make("button", make("td", line), { className: "hw-row-button", type: "button", textContent: "×" });
        away.setAttribute("aria-label", `remove row ${i + 1}`);
        away.title = "remove";
        away.disabled = rows.length <= look.least;
        away.addEventListener("click", () => send(read().filter((_row, k) => k !== i)));
      });
    }
    mark(model, complaint, boxes());
  };
  add.addEventListener("click", () => {
    send([...read(), look.blank]);
    body.rows[body.rows.length - 1]?.querySelector("input")?.select();
  });
  save.addEventListener("click", () => download(look, read()));
  model.on("change:rows", build);
  model.on("change:complaint change:wrong", () => mark(model, complaint, boxes()));
  build();
}
