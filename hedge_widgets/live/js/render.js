// What anywidget calls for every part of a page that is displayed.

import { Banner } from "./banner.js";
import { Chart } from "./chart.js";
import { Marks } from "./marks.js";
import { watchPointer } from "./pointer.js";
import { Store } from "./store.js";
import { Text } from "./text.js";

/** @import { LayoutChanges } from "./messages.js" */
/** @import { Row } from "./rows.js" */

/**
 * A part of the page that follows the picture.
 * @typedef {object} Part
 * @property {string} [key]
 * @property {HTMLElement} [plot]
 * @property {PartModel} [model]
 * @property {() => object} [now] what its spec would be if Python wrote it now
 * @property {(row: Row, isExact: boolean) => void} paint
 * @property {() => void} [start]
 * @property {(changes: LayoutChanges | undefined) => void} [rest]
 * @property {(i: number, track: HTMLElement) => void} [adopted]
 * @property {(i: number) => void} [foresee] slider i is in hand, none below 0
 * @property {(isQuiet: boolean) => void} [quiet]
 * @property {() => void} [ended]
 * @property {() => void} [remove]
 */

const PARTS = { chart: Chart, text: Text, banner: Banner, marks: Marks };

/**
 * Keep a notebook's shortcuts, such as arrow keys from cell to cell, off what has the focus. They look for this mark on
 * the way up to what they are bound to, which in Notebook 7 is whatever has the focus.
 * @param {Document | ShadowRoot} root
 */
function keepKeys(root) {
  root.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof Element && target.closest(".hw-root"))) return;
    target.setAttribute("data-lm-suppress-shortcuts", "true");
  });
}

/**
 * The store of a part's page, made for the first of its parts.
 * @param {PartModel} model
 * @param {HTMLElement} el
 */
async function storeOf(model, el) {
  window.__hedgeLive ??= new Map();
  const stores = window.__hedgeLive;
  window.__hedgeSettled ??= () => Promise.all([...stores.values()].map(({ questions }) => questions.settled?.()));
  const id = model.get("live").slice("IPY_MODEL_".length);
  /** @type {LiveModel} */
  const live = await model.widget_manager.get_model(id);
  let store = stores.get(id);
  if (!store) {
    const root = el.getRootNode();
    store = new Store(live, id, root instanceof ShadowRoot ? root : document);
    stores.set(id, store);
    watchPointer(store.root, stores);
    keepKeys(store.root);
  }
  await store.ready;
  return store;
}

/**
 * Draw a part; what it returns takes it away.
 * @param {{ model: PartModel, el: HTMLElement }} context
 */
export async function render({ model, el }) {
  const store = await storeOf(model, el);
  /** @type {Part} */
  const part = new PARTS[model.get("role")](model, el, store);
  part.model = model;
  store.parts.add(part);
  part.start?.();
  store.names.forEach((_name, i) => {
    store.describe(i);
  });
  return () => {
    store.parts.delete(part);
    part.remove?.();
  };
}
