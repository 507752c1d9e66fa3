// On paper: a page is laid out for one sheet before the browser prints it, its charts drawn in that size and in light.

// What both A4 and Letter hold between margins of 12 mm, in CSS pixels; the widths and heights of charts tried for it.
const SHEET = { width: 700, height: 945 };
const WIDTHS_PX = [940, 1150];
const CHARTS_PX = [240, 215, 190];
const LEAST = 0.5; // smaller type is read by nobody: what is longer takes a second sheet

let isWatched = false;
let schemeBefore = "";

const redrawAll = () => document.dispatchEvent(new Event("hw-scheme"));

/**
 * Where the figures are from, at the foot of the sheet.
 * @param {HTMLElement} root
 */
function writeSources(root) {
  const foot = root.querySelector(".hw-printed") ?? root.appendChild(document.createElement("p"));
  foot.className = "hw-printed";
  const badges = [...root.querySelectorAll(".hw-head .hw-badge")];
  const words = badges.map((badge) => [badge.textContent, badge.getAttribute("title")].filter(Boolean).join(": "));
  const tables = [...root.querySelectorAll(".hw-foot summary")].map((summary) => summary.textContent);
  const { origin, pathname, protocol } = location;
  const where = protocol === "file:" ? decodeURI(pathname.split("/").pop() ?? "") : origin + pathname;
  foot.textContent = [...words, ...tables, `${new Date().toISOString().slice(0, 10)}, ${where}`].join(" · ");
}

/**
 * Give a page the width and its charts the height with which it fills the sheet in the largest type.
 * @param {HTMLElement} root
 */
function fit(root) {
  const { style } = root;
  let best = { scale: 0, width: 0, height: 0 };
  /** @type {(width: number, height: number) => void} */
  const lay = (width, height) => {
    style.setProperty("--hw-paper-width", `${width}px`);
    style.setProperty("--hw-paper-chart", `${height}px`);
  };
  for (const width of WIDTHS_PX) {
    for (const height of CHARTS_PX) {
      lay(width, height);
      const room = SHEET.height - root.getBoundingClientRect().top - scrollY;
      const scale = Math.min(SHEET.width / width, room / root.offsetHeight);
      if (scale > best.scale) best = { scale, width, height };
    }
  }
  lay(best.width, best.height);
  style.setProperty("--hw-on-paper", String(Math.max(LEAST, best.scale)));
}

function beforePrint() {
  const { dataset } = document.documentElement;
  if (dataset.hwPrinting === undefined) schemeBefore = dataset.hwScheme ?? "";
  Object.assign(dataset, { hwScheme: "light", hwPrinting: "" });
  for (const root of document.querySelectorAll(":not([inert] *).hw-root")) {
    if (!(root instanceof HTMLElement)) continue;
    writeSources(root);
    fit(root);
  }
  redrawAll();
}

function afterPrint() {
  const { dataset } = document.documentElement;
  delete dataset.hwPrinting;
  dataset.hwScheme = schemeBefore;
  redrawAll();
}

/** Lay every page of this window out for paper whenever it is printed. */
export function watchPrint() {
  if (isWatched) return;
  isWatched = true;
  addEventListener("beforeprint", beforePrint);
  addEventListener("afterprint", afterPrint);
}
