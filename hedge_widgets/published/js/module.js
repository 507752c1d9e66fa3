// A page as a module of its own, which other people's pages embed: anywidget's form of a widget, without a kernel. It is
// drawn in a shadow, so that neither style reaches the other.

import { answer, putUp, tell, unpacked } from "./host.js";

/** @import { SavedPage } from "./host.js" */

/**
 * What Python wrote down: the page, its tables, its style, and what it says of itself.
 * @typedef {{ page: SavedPage, tables: string, css: string, note: string }} Written
 */

/**
 * What every host of such modules has; some can neither be told nor save anything.
 * @typedef {{ get(name: string): unknown, set(name: string, value: unknown): void, save_changes(): void }} HostModel
 */

let nEmbedded = 0;

/**
 * A page whose widgets' names are its own: it may stand twice in one document.
 * @param {SavedPage} page
 * @returns {SavedPage}
 */
function ownCopy(page) {
  nEmbedded += 1;
  const mark = `-${nEmbedded}-${performance.now().toString(36).replace(".", "")}`;
  return JSON.parse(JSON.stringify(page).replace(/(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/g, (id) => id + mark));
}

/**
 * plotly.js for the charts of this window, which somebody else's on it does not notice.
 * @param {string} version
 * @param {() => unknown} load
 */
function provide(version, load) {
  const own = async () => {
    const other = window.Plotly;
    await load();
    const library = /** @type {PlotlyLibrary} */ (window.Plotly);
    if (other) window.Plotly = other;
    return library;
  };
  window.__hedgePlotly ??= {};
  const cache = window.__hedgePlotly;
  cache[version] = cache[version]?.catch(own) ?? own(); // whoever asked before may not get it
}

/** The look of the document, which a style in a shadow cannot see. @param {HTMLElement} place */
function followScheme(place) {
  const follow = () => place.setAttribute("data-hw-scheme", document.documentElement.dataset.hwScheme ?? "light");
  document.addEventListener("hw-scheme", follow);
  follow();
  return () => document.removeEventListener("hw-scheme", follow);
}

/**
 * Show a page; what it returns takes it away.
 * @param {{ model: HostModel, el: HTMLElement }} context
 * @param {() => Promise<Written>} read
 * @param {() => unknown} load plotly.js
 */
export async function embed({ model, el }, read, load) {
  const place = el.appendChild(document.createElement("div"));
  const shadow = place.attachShadow({ mode: "open" });
  const { page, tables, css, note } = await read();
  const saved = ownCopy(page);
  const { plotly } = /** @type {{ plotly: string }} */ (saved.widgets[saved.live].settings);
  provide(plotly, load);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  const body = shadow.appendChild(document.createElement("div"));
  body.innerHTML = note;
  const shown = putUp(body.appendChild(document.createElement("div")), saved);
  const leave = followScheme(place);
  await answer(shown, saved, unpacked(tables));
  const state = model.get("state");
  if (typeof state === "string" && state) shown.sliders.arrive(`#1=${state.replace(/^.*#1=/s, "")}`);
  tell(shown.sliders, body, (text) => {
    try {
      model.set("state", text);
      model.save_changes();
    } catch {
      // a host that only shows
    }
  });
  return () => {
    leave();
    shown.remove();
    place.remove();
  };
}
