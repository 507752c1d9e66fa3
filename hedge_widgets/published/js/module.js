// A saved page as a module that other sites load: `render({ model, el })`, as anywidget and what speaks like it call it.

import { answer, follow, putUp, unpacked } from "./host.js";

/** @import { SavedPage } from "./host.js" */

/**
 * What a module's Python wrote down.
 * @typedef {object} Bundle
 * @property {string} address the module's own
 * @property {string} file of the page's state and tables, beside it
 * @property {string[]} libraries files beside it
 * @property {string} style
 * @property {string} said what a saved page says of itself, as HTML
 * @property {{ page: SavedPage, tables: string }} [whole] what stands in the file, where the module carries it
 * @property {() => void} [bring] runs the libraries, where the module carries them
 */

const WIDGET_ID = /[0-9a-f]{32}/g;

/**
 * The libraries that draw charts and sliders, once per window; plotly.js of another version stays where it was.
 * @param {string} version of plotly.js
 * @param {() => Promise<unknown>} bring
 */
async function bringOnce(version, bring) {
  window.__hedgePlotly ??= {};
  const cache = window.__hedgePlotly;
  const brought = async () => {
    const other = window.Plotly;
    await bring();
    const own = window.Plotly;
    if (other) window.Plotly = other;
    if (own?.version !== version) throw new Error(`plotly.js ${version} did not start`);
    return own;
  };
  if (!window.noUiSlider || !cache[version]) cache[version] = brought();
  await cache[version].catch((error) => {
    delete cache[version];
    throw error;
  });
}

/**
 * A page's state and tables, its widgets under names of their own: the same page may stand twice in a window.
 * @param {string} text
 * @returns {{ page: SavedPage, tables: string }}
 */
function fresh(text) {
  const mark = Math.random().toString(36).slice(2, 10);
  return JSON.parse(text.replace(WIDGET_ID, (id) => id + mark));
}

/**
 * What stands beside a module, or where the host says that its files are.
 * @param {string} name
 * @param {string} base "" for beside it
 * @param {Bundle} bundle
 */
const beside = (name, base, { address }) =>
  new URL(name, base ? new URL(base.replace(/\/?$/, "/"), location.href) : address).href;

/**
 * @param {Bundle} bundle
 * @param {string} base
 */
async function fetched(bundle, base) {
  const address = beside(bundle.file, base, bundle);
  const answered = await fetch(address);
  if (!answered.ok) throw new Error(`${address}: ${answered.status}`);
  return fresh(await answered.text());
}

/**
 * Put the page of a module up, shut off from the styles of the site around it.
 * @param {HTMLElement} el
 * @param {{ get(name: string): unknown }} model
 * @param {Bundle} bundle
 * @returns {() => void} what takes it away
 */
export function embed(el, model, bundle) {
  const host = el.appendChild(document.createElement("div"));
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = `<style></style>${bundle.said}<div role="status">Loading the page…</div>`; // Python's own words
  /** @type {HTMLElement} */
  const place = /** @type {any} */ (root.lastElementChild);
  /** @type {HTMLStyleElement} */ (/** @type {any} */ (root.firstElementChild)).textContent = bundle.style;
  const dress = () => {
    host.dataset.hwScheme = document.documentElement.dataset.hwScheme ?? "light";
  };
  dress();
  document.addEventListener("hw-scheme", dress);
  let remove = () => {};
  const show = async () => {
    const base = String(model.get("base") ?? "");
    const { page: saved, tables } = bundle.whole ? fresh(JSON.stringify(bundle.whole)) : await fetched(bundle, base);
    const { settings } = /** @type {{ settings: { plotly: string } }} */ (
      /** @type {any} */ (saved.widgets[saved.live])
    );
    const bring = async () =>
      bundle.bring ? bundle.bring() : Promise.all(bundle.libraries.map((name) => import(beside(name, base, bundle))));
    await bringOnce(settings.plotly, bring);
    if (!host.isConnected) return;
    place.removeAttribute("role");
    const page = putUp(place, saved);
    remove = page.remove;
    follow(page.sliders, root);
    await answer(page, saved, unpacked(tables));
  };
  show().catch((error) => {
    place.textContent = `This page could not be loaded (${error instanceof Error ? error.message : error}).`;
  });
  return () => {
    document.removeEventListener("hw-scheme", dress);
    remove();
    host.remove();
  };
}
