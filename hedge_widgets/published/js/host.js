// A saved page: its widgets are put up, and its sliders answer from the tables that it carries.

import { Answers, placeIn } from "./answers.js";
import { viewOf, waiting } from "./controls.js";
import { Models } from "./models.js";

/** @import { SavedLattice } from "./answers.js" */
/** @import { Model, State } from "./models.js" */

/**
 * What a page's Python wrote down.
 * @typedef {object} Document
 * @property {string} root
 * @property {string} live
 * @property {Record<string, State>} widgets
 * @property {SavedLattice[]} lattices
 * @property {Record<string, string[]>} axes
 */

/**
 * Bytes that stand in the page, gzipped and in base64.
 * @param {string} text
 */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/**
 * A slider that moves alone takes every other one back to where the page opened, and so does any move beside it.
 * @param {Model} live
 * @param {SavedLattice[]} lattices
 * @param {(text: string) => void} say
 */
function keepReachable(live, lattices, say) {
  const names = /** @type {string[]} */ (live.get("names"));
  const start = /** @type {number[]} */ (live.get("start"));
  const sliders = names.map((_name, i) => live.widget_manager.at(/** @type {string[]} */ (live.get("sliders"))[i]));
  const places = /** @type {number[][]} */ (live.get("positions"));
  const groups = names.map((name) => lattices.findIndex(({ axes }) => axes.includes(name)));
  let isMending = false;
  sliders.forEach((slider, i) => {
    const key = slider.has("index") ? "index" : "value";
    slider.on(`change:${key}`, () => {
      if (isMending) return;
      isMending = true;
      const strays = sliders.filter((other, k) => {
        if (groups[k] === groups[i] || k === i) return false;
        const opening = other.has("index") ? placeIn(places[k], start[k]) : start[k];
        const name = other.has("index") ? "index" : "value";
        if (Number(other.get(name)) === opening) return false;
        other.set(name, opening);
        return true;
      });
      isMending = false;
      if (strays.length) say(`In this saved page ${slider.get("description")} moves on its own: the other sliders went back.`);
    });
  });
}

/**
 * The page's sliders know their places.
 * @param {Model} live
 */
function givePlaces(live) {
  const places = /** @type {number[][]} */ (live.get("positions"));
  const sliders = /** @type {string[]} */ (live.get("sliders"));
  sliders.forEach((id, i) => {
    live.widget_manager.at(id).state.places = places[i];
  });
}

/**
 * Put a saved page up.
 * @param {HTMLElement} place
 * @param {Document} saved
 * @param {string} tables
 */
export async function putUp(place, saved, tables) {
  const models = new Models(saved.widgets);
  const live = models.at(saved.live);
  givePlaces(live);
  place.replaceChildren(viewOf(models.at(saved.root)));
  for (const model of models.all.values()) {
    if (model.has("module")) window.__hedgeSaved?.[String(model.get("module"))]?.initialize?.({ model });
  }
  keepReachable(live, saved.lattices, (text) => live.set("notice", text));
  for (const { model, el } of waiting.splice(0)) {
    window.__hedgeSaved?.[String(model.get("module"))]?.render?.({ model, el });
  }
  /** @type {unknown[]} */
  const early = [];
  live.answer = (question) => early.push(question);
  const answers = new Answers(live, saved.lattices, await unpacked(tables), saved.axes);
  live.answer = (question) => answers.take(question);
  for (const question of early) answers.take(question);
}
