// Stock sliders in the page: what they lack for a screen reader, and what they do to a number that the kernel sets.

/** @import { Store } from "./store.js" */

/**
 * The models of a page's sliders, or of its other controls.
 * @param {LiveModel} live
 * @param {"sliders" | "others"} key
 * @returns {Promise<any[]>}
 */
export const controlsOf = (live, key) =>
  Promise.all(live.get(key).map((id) => live.widget_manager.get_model(id.slice("IPY_MODEL_".length))));

/**
 * Where a control keeps its setting: a choice by its place among the options.
 * @param {Control} control
 * @returns {"index" | "value"}
 */
export const keyOf = (control) => (control.get("index") === undefined ? "value" : "index");

/**
 * Give a slider its name and its number with unit: a stock one has no accessible name and says its number bare.
 * @param {Element} root
 * @param {string} unit
 */
export function describeSlider(root, unit) {
  const handle = root.querySelector(".noUi-handle");
  if (!handle) return;
  const label = root.querySelector(".widget-label")?.textContent ?? "";
  if (handle.getAttribute("aria-label") !== label) handle.setAttribute("aria-label", label);
  handle.setAttribute("aria-valuetext", `${root.querySelector(".widget-readout")?.textContent ?? ""} ${unit}`.trim());
}

/**
 * Tell the parts of a page which slider is in hand, once its table is here: they make room.
 * @param {Store} store
 * @param {number} i below 0 for none
 */
export function foresee(store, i) {
  for (const part of store.parts) part.foresee?.(i);
}

/**
 * Adopt every slider and box of a page as it appears.
 * @param {Store} store
 */
export function adoptControls(store) {
  const adopt = () => {
    store.sliders.forEach((_slider, i) => {
      adoptSlider(store, i);
    });
    adoptBoxes(store);
    if (store.tracks.size === store.sliders.length) observer.disconnect();
  };
  const observer = new MutationObserver(adopt);
  observer.observe(store.root, { childList: true, subtree: true });
  adopt();
}

/**
 * A stock slider rounds what the kernel sets to its own step and sends the rounded number back. A volatility from a
 * price history has to stay what it is: only a hand moves in steps.
 * @param {Store} store
 * @param {number} i
 */
function adoptSlider(store, i) {
  /** @type {SliderTrack | null} */
  const track = store.root.querySelector(`${store.classOf(i)} .noUi-target`);
  if (store.tracks.has(i) || !track?.noUiSlider) return;
  store.tracks.set(i, track);
  const slider = store.sliders[i];
  if (keyOf(slider) === "value") {
    const { noUiSlider } = track;
    const set = noUiSlider.set;
    noUiSlider.set = (value, fires) => set.call(noUiSlider, value, fires, true);
    const meant = store.live.get("start")[i];
    const off = Math.abs(slider.get("value") - meant);
    const places = store.positions[i];
    if (off > 0 && off < places[1] - places[0]) {
      slider.set("value", meant);
      slider.save_changes();
    }
  }
  store.describe(i);
  for (const part of store.parts) part.adopted?.(i, track);
}

/** @param {Store} store */
function adoptBoxes(store) {
  // A number field hides what it cannot read, even from its own page.
  store.others.forEach((other, k) => {
    if (other.get("_model_name") !== "FloatTextModel") return;
    const box = store.boxes.boxOf(`other-${k}`);
    if (box instanceof HTMLInputElement && box.type === "number") box.type = "text";
  });
  for (const root of store.root.querySelectorAll(".hw-root .widget-slider:has(.noUi-handle:not([aria-label]))")) {
    describeSlider(root, root.querySelector(".widget-label")?.textContent?.split(", ")[1] ?? "");
  }
}
