// Editable holdings, an upload that refuses large files before sending, and the light-and-dark switch.

const make = (tag, parent, properties = {}) => Object.assign(parent.appendChild(document.createElement(tag)), properties);

function table({ model, el }) {
  const root = make("div", el);
  const grid = make("table", root, { className: "hw-table" });
  const head = make("tr", make("thead", grid));
  for (const name of ["coin", "quantity", "price, $", ""]) make("th", head, { textContent: name, scope: "col" });
  const body = make("tbody", grid);
  const tools = make("div", root, { className: "hw-tools" });
  const add = make("button", tools, { className: "hw-button", type: "button", textContent: "+ add a coin" });
  const complaint = make("div", root, { className: "hw-complaint" });
  complaint.setAttribute("role", "alert");
  const names = ["coin", "quantity", "price in dollars"];

  const read = () => [...body.rows].map((row) => [...row.querySelectorAll("input")].map((input) => input.value));
  const send = (rows) => {
    model.set("rows", rows);
    model.save_changes();
  };
  const build = () => {
    const rows = model.get("rows");
    if (JSON.stringify(rows) === JSON.stringify(read())) return mark();
    body.replaceChildren();
    rows.forEach((row, i) => {
      const line = make("tr", body);
      row.forEach((text, k) => {
        const input = make("input", make("td", line), { className: "hw-cell", value: text, size: k ? 8 : 5 });
        input.inputMode = k ? "decimal" : "text";
        input.autocomplete = "off";
        input.spellcheck = false;
        input.setAttribute("aria-label", `${names[k]}, row ${i + 1}`);
        input.addEventListener("change", () => send(read()));
      });
      const away = make("button", make("td", line), { className: "hw-row-button", type: "button", textContent: "×" });
      away.setAttribute("aria-label", `remove row ${i + 1}`);
      away.title = "remove";
      away.disabled = rows.length < 2;
      away.addEventListener("click", () => send(read().filter((_row, k) => k !== i)));
    });
    mark();
  };
  const mark = () => {
    complaint.textContent = model.get("complaint");
    const [i, k] = model.get("wrong");
    [...body.rows].forEach((row, r) =>
      [...row.querySelectorAll("input")].forEach((input, c) => input.setAttribute("aria-invalid", String(r === i && c === k))),
    );
  };
  add.addEventListener("click", () => {
    send([...read(), ["BTC", "0.01", ""]]); // the kernel knows its price
    body.rows[body.rows.length - 1]?.querySelector("input")?.select();
  });
  model.on("change:rows", build);
  model.on("change:complaint change:wrong", mark);
  build();
}

function upload({ model, el }) {
  const root = make("div", el);
  const tools = make("label", root, { className: "hw-tools" });
  const file = make("input", tools, { type: "file", className: "hw-file", accept: model.get("accept") });
  make("span", tools, { className: "hw-button", textContent: model.get("label") });
  const complaint = make("div", root, { className: "hw-complaint" });
  complaint.setAttribute("role", "alert");
  const say = () => (complaint.textContent = model.get("complaint"));
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
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
  model.on("msg:custom", say);
  model.on("change:complaint", say);
  say();
}

function themeSwitch({ el }) {
  const root = document.documentElement;
  if (!root.dataset.hwTheme) return;
  const button = make("button", el, { className: "hw-button", type: "button" });
  const show = () => {
    const isDark = root.dataset.hwTheme === "dark";
    button.textContent = isDark ? "☀ light" : "◐ dark";
    button.setAttribute("aria-label", `switch to the ${isDark ? "light" : "dark"} look`);
  };
  button.addEventListener("click", () => {
    root.dataset.hwTheme = root.dataset.hwTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("hedge-widgets-theme", root.dataset.hwTheme);
    } catch {
      // private windows may refuse; the choice then lasts for the page
    }
    show();
  });
  show();
}

// A folded table of constants, each with source and date; the cells of some columns can be edited. The kernel judges what
// is typed and sends the rows anew; a cell it refuses keeps what was typed and is marked.
function facts({ model, el }) {
  const root = make("details", el, { className: "hw-facts" });
  make("summary", root);
  const grid = make("table", make("div", root, { className: "hw-scroll" }), { className: "hw-figures hw-words" });
  const complaint = make("div", root, { className: "hw-complaint" });
  complaint.setAttribute("role", "alert");
  const note = make("p", root, { className: "hw-note" });
  const build = () => {
    const focused = [...grid.querySelectorAll("input")].indexOf(document.activeElement);
    root.firstChild.textContent = model.get("title");
    note.textContent = model.get("note");
    const columns = model.get("columns");
    grid.replaceChildren();
    const head = make("tr", make("thead", grid));
    for (const name of columns) make("th", head, { textContent: name, scope: "col" });
    const body = make("tbody", grid);
    model.get("rows").forEach((row, i) => {
      const line = make("tr", body);
      row.forEach((text, k) => {
        const cell = make("td", line);
        if (!model.get("editable").includes(k) || !/^[\d.,eE+-]+$/.test(text)) return void (cell.textContent = text);
        const input = make("input", cell, { className: "hw-cell", value: text, size: 10 });
        input.inputMode = "decimal";
        input.autocomplete = "off";
        input.setAttribute("aria-label", `${row[0]}: ${columns[k]}`);
        input.addEventListener("change", () => model.send({ kind: "edit", row: i, column: k, text: input.value }));
      });
    });
    if (focused >= 0) grid.querySelectorAll("input")[focused]?.focus();
  };
  const mark = () => {
    complaint.textContent = model.get("complaint");
    const [i, k] = model.get("wrong");
    [...(grid.tBodies[0]?.rows ?? [])].forEach((row, r) =>
      [...row.cells].forEach((cell, c) => cell.firstElementChild?.setAttribute("aria-invalid", String(r === i && c === k))),
    );
  };
  model.on("change:rows change:title change:note", build);
  model.on("change:complaint change:wrong", mark);
  build();
  mark();
}

// A link to another notebook's page, with what it shall show in the address. JupyterLab shows notebooks, not pages; there
// the link leads to the page that Voila makes of the notebook beside this one.
function pageLink({ model, el }) {
  const link = make("a", el, { className: "hw-button hw-link", target: "hedge-widgets-page" });
  const folder = () => {
    if (location.pathname.includes("/voila/render/")) return "";
    const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
    const place = location.pathname.match(/\/(?:tree|notebooks)\/(.*\/)?[^/]*$/)?.[1] ?? "";
    return `${config.baseUrl ?? "/"}voila/render/${place}`;
  };
  const show = () => {
    link.textContent = model.get("label");
    const state = model.get("state");
    link.href = `${folder()}${model.get("page")}#${model.get("name")}=${encodeURIComponent(state)}`;
    link.toggleAttribute("aria-disabled", !state);
    if (!state) link.removeAttribute("href");
  };
  model.on("change:state change:label", show);
  link.addEventListener("click", show); // JupyterLab's address follows the notebook in front
  show();
}

export default {
  render: (context) => ({ table, upload, theme: themeSwitch, link: pageLink, facts })[context.model.get("role")](context),
};
