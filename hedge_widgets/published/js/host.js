// A saved page: its widgets are put up, and its sliders answer from the tables that it carries.

import { Answers } from "./answers.js";
import { viewOf, waiting } from "./controls.js";
import { Models } from "./models.js";
import { SavedSliders } from "./sliders.js";

/** @import { SavedLattice } from "./answers.js" */
/** @import { State } from "./models.js" */
/** @import { PageState } from "./sliders.js" */

/**
 * What a page's Python wrote down.
 * @typedef {object} SavedPage
 * @property {string} root
 * @property {string} live
 * @property {Record<string, State>} widgets
 * @property {SavedLattice[]} lattices
 * @property {Record<string, Record<string, unknown>>} axes
 * @property {PageState} state
 */

const TYPED_IN = new Set(["table", "upload", "facts"]); // the roles of anywidgets that only a kernel reads

/**
 * Bytes that stand in a page, gzipped and in base64.
 * @param {string} text
 */
export async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/**
 * Put a saved page up.
 * @param {HTMLElement} place
 * @param {SavedPage} saved
 * @param {boolean} isFirst whether the kernel's own page follows
 */
export function putUp(place, saved, isFirst = false) {
  const models = new Models(saved.widgets);
  const live = models.at(saved.live);
  const sliders = new SavedSliders(live, saved.lattices, saved.state, isFirst);
  place.replaceChildren(viewOf(models.at(saved.root)));
  const modules = window.__hedgeSaved ?? {};
  for (const model of models.all.values()) {
    if (model.has("module")) modules[String(model.get("module"))].initialize?.({ model });
  }
  /** @type {unknown[]} */
  const drawn = [];
  for (const { model, el } of waiting.splice(0)) {
    drawn.push(modules[String(model.get("module"))].render?.({ model, el }));
    if (!TYPED_IN.has(String(model.get("role")))) continue;
    for (const control of el.querySelectorAll("input, button, select")) control.setAttribute("disabled", "");
  }
  const remove = () => {
    for (const part of window.__hedgeLive?.get(saved.live)?.parts ?? []) part.remove?.();
    window.__hedgeLive?.delete(saved.live);
    for (const leave of drawn) if (typeof leave === "function") leave();
  };
  return { live, sliders, remove };
}

/**
 * Let a saved page answer its sliders.
 * @param {ReturnType<typeof putUp>} page
 * @param {SavedPage} saved
 * @param {Promise<ArrayBuffer>} tables
 */
export async function answer({ live, sliders }, saved, tables) {
  /** @type {any[]} */
  const early = [];
  live.answer = (question) => early.push(question);
  const answers = new Answers(live, saved.lattices, await tables, saved.axes);
  live.answer = (question) => {
    if (question.kind === "typed") sliders.typed(question.control, question.text);
    else answers.take(question);
  };
  early.forEach(live.answer);
  return answers;
}

/**
 * Tell where the sliders of a saved page are whenever they rest; what a kernel would renew is then grey.
 * @param {SavedSliders} sliders
 * @param {ParentNode} place
 * @param {(text: string) => void} hear the state as an address holds it, "" where the page is as it was saved
 */
export function tell(sliders, place, hear) {
  const write = () => {
    const text = sliders.address();
    place.querySelector(".hw-root")?.toggleAttribute("data-hw-moved", Boolean(text));
    for (const link of place.querySelectorAll("a.hw-live-app")) {
      if (link instanceof HTMLAnchorElement) link.hash = text && `#1=${text}`;
    }
    hear(text);
  };
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  for (const slider of sliders.models) {
    slider.on("change", () => {
      clearTimeout(timer);
      timer = setTimeout(write, 300);
    });
  }
}

/**
 * Keep the state of a saved page in its address, and in the links to the live app.
 * @param {SavedSliders} sliders
 */
export function keepAddress(sliders) {
  const arrive = () => {
    if (!sliders.arrive(location.hash)) {
      sliders.live.set("notice", "The address asks for more than this saved page holds, so the page stays as it is.");
    }
  };
  arrive();
  addEventListener("hashchange", arrive);
  tell(sliders, document, (text) => {
    history.replaceState(history.state, "", text ? `#1=${text}` : location.pathname + location.search);
  });
}
