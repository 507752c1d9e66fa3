// A ticket: its text, and buttons that copy it, save its reminder and print the page.

/** @typedef {WidgetModel<{ text: string, calendar: string, file: string, missing: string }>} TicketModel */

const SAID_FOR = 2_000; // ms

/**
 * @param {HTMLElement} tools
 * @param {string} label
 * @param {() => void} act
 */
function button(tools, label, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "hw-button", textContent: label });
  made.addEventListener("click", act);
  tools.append(made);
  return made;
}

/**
 * The text, and the link that opens the plan again where the page's address holds it.
 * @param {TicketModel} model
 */
function textOf(model) {
  const link = location.pathname.includes("/voila/") && location.hash ? `\nThis plan again: ${location.href}` : "";
  return `${model.get("text")}${link}\n`;
}

/**
 * Copy a text; false where the page may not, as one without https.
 * @param {string} text
 */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Wait until the ticket is of what a hand last did on this page. */
const settled = async () => window.__hedgeSettled?.();

/** @param {TicketModel} model */
function save(model) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([model.get("calendar")], { type: "text/calendar" }));
  link.download = model.get("file");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/**
 * A line of its own; what goes on below a label stays to the right of it.
 * @param {string} text
 */
function lineOf(text) {
  const line = document.createElement("div");
  line.textContent = text || "\u00a0";
  if (/\S {2,}\S/.test(text)) line.className = "hw-ticket-line";
  return line;
}

/** @param {{ model: TicketModel, el: HTMLElement }} context */
function render({ model, el }) {
  const words = document.createElement("div");
  words.className = "hw-ticket-text";
  const tools = document.createElement("div");
  tools.className = "hw-tools";
  const fill = (/** @type {string} */ text) => words.replaceChildren(...text.split("\n").map(lineOf));
  const copy = button(tools, "Copy as text", async () => {
    await settled();
    const isCopied = await copied(textOf(model));
    if (!isCopied) {
      fill(textOf(model).trimEnd());
      getSelection()?.selectAllChildren(words);
    }
    copy.textContent = isCopied ? "Copied" : "Selected: press Ctrl+C";
    setTimeout(() => {
      copy.textContent = "Copy as text";
    }, SAID_FOR);
  });
  copy.setAttribute("aria-live", "polite");
  button(tools, "Save a reminder (.ics)", () => settled().then(() => save(model)));
  button(tools, "Print", () => settled().then(() => print()));
  const show = () => {
    fill(model.get("text") || model.get("missing"));
    tools.hidden = !model.get("text");
  };
  model.on("change:text change:missing", show);
  show();
  el.append(words, tools);
}

export default { render };
