// Ticks under the sliders at places that follow the picture, and remarks about what a slider does.

import { keyOf } from "./sliders.js";

/** @import { Row } from "./rows.js" */
/** @import { Store } from "./store.js" */

/**
 * What LiveMarks writes as its spec; a value's name is "slider/n" or "slider/remark".
 * @typedef {object} MarksSpec
 * @property {Record<string, string[]>} labels
 * @property {Record<string, string[]>} remarks
 * @property {Record<string, number | null>} values
 */

const NEAR_SHARE = 0.17; // of the track; closer labels would cover each other

/**
 * Where a value lies on a ladder of evenly spaced positions, from 0 to 1; beyond 1 if it lies above the last.
 * @param {number[]} places ascending
 * @param {number} value
 */
export function ladderShare(places, value) {
  const above = places.findIndex((place) => place >= value - 1e-9);
  if (above < 0) return 2;
  const below = Math.max(above - 1, 0);
  const part = above === below ? 0 : (value - places[below]) / (places[above] - places[below]);
  return (below + part) / (places.length - 1);
}

/** The ticks of a page. */
export class Marks {
  /**
   * @param {PartModel} model
   * @param {HTMLElement} _el
   * @param {Store} store
   */
  constructor(model, _el, store) {
    this.store = store;
    /** @type {MarksSpec} */
    this.spec = JSON.parse(model.get("spec"));
    this.values = { ...this.spec.values };
    /** @type {Map<string, HTMLElement[]>} */
    this.ticks = new Map();
    /** @type {Map<string, HTMLElement>} */
    this.remarks = new Map();
    for (const [i, track] of store.tracks) this.adopted(i, track);
  }

  now() {
    return { ...this.spec, values: this.values };
  }

  /**
   * @param {number} i
   * @param {HTMLElement} track
   */
  adopted(i, track) {
    const slider = this.store.names[i];
    if (this.spec.remarks[slider] && !this.remarks.has(slider)) this.adoptRemark(slider, track);
    const labels = this.spec.labels[slider];
    if (!labels || this.ticks.has(slider)) return;
    track.closest(this.store.classOf(i))?.classList.add("hw-marked");
    const ticks = labels.map((label) => {
      const tick = track.appendChild(document.createElement("div"));
      tick.className = "hw-mark";
      tick.appendChild(document.createElement("span")).textContent = label;
      return tick;
    });
    this.ticks.set(slider, ticks);
    this.move(slider, ticks);
  }

  /**
   * @param {string} slider
   * @param {HTMLElement} track
   */
  adoptRemark(slider, track) {
    const root = track.closest(this.store.classOf(this.store.names.indexOf(slider)));
    const remark = root?.appendChild(document.createElement("div"));
    if (!remark) return;
    remark.className = "hw-note hw-why";
    remark.id = `hw-why-${this.store.id}-${slider}`;
    track.querySelector(".noUi-handle")?.setAttribute("aria-describedby", remark.id);
    this.remarks.set(slider, remark);
    this.remark(slider, remark);
  }

  /**
   * @param {string} slider
   * @param {HTMLElement} remark
   */
  remark(slider, remark) {
    const text = this.spec.remarks[slider][this.values[`${slider}/remark`] ?? 0] ?? "";
    if (remark.textContent !== text) remark.textContent = text;
  }

  /**
   * @param {string} slider
   * @param {HTMLElement[]} ticks
   */
  move(slider, ticks) {
    const i = this.store.names.indexOf(slider);
    const places = this.store.positions[i];
    const isLadder = keyOf(this.store.sliders[i]) === "index";
    /** @type {number[]} */
    const shown = [];
    ticks.forEach((tick, k) => {
      const value = this.values[`${slider}/${k}`] ?? Number.NaN;
      const share = isLadder
        ? ladderShare(places, value)
        : (value - places[0]) / (places[places.length - 1] - places[0]);
      const isIn = share >= 0 && share <= 1;
      tick.style.display = isIn ? "" : "none";
      if (!isIn) return;
      tick.style.left = `${100 * share}%`;
      const label = /** @type {HTMLElement} */ (tick.firstChild);
      label.style.display = shown.some((other) => Math.abs(share - other) < NEAR_SHARE) ? "none" : "";
      label.style.transform = `translateX(${-100 * share}%)`;
      shown.push(share);
    });
  }

  /** @param {Row} row */
  paint(row) {
    let isNew = false;
    for (const name of Object.keys(this.values)) {
      const value = row(`marks/${name}`);
      if (value === undefined || value[0] === this.values[name]) continue;
      this.values[name] = Number.isNaN(value[0]) ? null : value[0];
      isNew = true;
    }
    if (!isNew) return;
    for (const [slider, ticks] of this.ticks) this.move(slider, ticks);
    for (const [slider, remark] of this.remarks) this.remark(slider, remark);
  }

  remove() {
    for (const tick of [...this.ticks.values()].flat()) tick.remove();
    for (const remark of this.remarks.values()) remark.remove();
  }
}
