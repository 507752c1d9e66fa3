// The first picture of a live page: a saved one, which answers the hand until the kernel's own page is drawn behind it.

import { answer, putUp } from "./host.js";

/** @import { SavedPage } from "./host.js" */

const QUIET_MS = 400; // a hand that has been still for so long has let go
const PATIENCE_MS = 3000; // for the live page to show where the sliders were left

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Show a page's first picture; what it returns takes it away once the live page is there.
 * @param {HTMLElement} place
 * @param {SavedPage} saved
 * @param {string} tables their address
 * @returns {() => Promise<void>}
 */
export function showFirst(place, saved, tables) {
  const page = putUp(/** @type {HTMLElement} */ (place.querySelector("#hw-saved")), saved, true);
  const live = () => document.getElementById("rendered_cells"); // stands below in the page, and may not be here yet
  addEventListener("DOMContentLoaded", () => live()?.toggleAttribute("inert", place.isConnected));
  addEventListener("load", () => {
    if (document.getElementById("jupyter-config-data")) return;
    page.live.set("notice", "This page could not be started. Its sliders still move; reload it to try again.");
  });
  const block = fetch(tables).then((answered) => answered.arrayBuffer());
  // What the address asks for is shown when the tables hold it, and else the kernel's page is waited for.
  if (location.hash) place.style.visibility = "hidden";
  answer(page, saved, block).then(
    (answers) => {
      if (page.sliders.arrive(location.hash) && answers.reaching(page.sliders.at())) place.style.visibility = "";
      else end();
    },
    () => location.hash && end(),
  );
  let touched = 0;
  const touch = () => {
    touched = performance.now();
  };
  for (const kind of ["keydown", "pointerdown", "pointerup", "pointermove"]) place.addEventListener(kind, touch, true);
  const end = () => {
    const store = window.__hedgeLive?.get(saved.live);
    for (const part of store?.parts ?? []) part.remove?.();
    window.__hedgeLive?.delete(saved.live);
    place.remove();
    live()?.removeAttribute("inert");
  };
  return async () => {
    while (place.isConnected && (window.__hedgeHeld || performance.now() - touched < QUIET_MS)) await pause(50);
    if (!place.isConnected) return;
    await handOver(page.sliders);
    const focused = document.activeElement?.closest('[class*="hw-slider-"]');
    const name = [...(focused?.classList ?? [])].find((each) => each.startsWith("hw-slider-"));
    const isInside = place.contains(focused ?? null);
    end();
    /** @type {HTMLElement | null} */
    const handle = name && isInside ? document.querySelector(`#rendered_cells .${name} .noUi-handle`) : null;
    handle?.focus({ preventScroll: true });
  };
}

/**
 * Have the live page show what was done to the first picture.
 * @param {import("./sliders.js").SavedSliders} sliders
 */
async function handOver(sliders) {
  const text = sliders.address();
  if (!text || location.hash === `#1=${text}`) return;
  location.hash = `#1=${text}`;
  const at = sliders.at();
  const until = performance.now() + PATIENCE_MS;
  const isThere = () =>
    [...(window.__hedgeLive?.values() ?? [])].some(
      ({ live, shown }) =>
        live !== /** @type {unknown} */ (sliders.live) && at.every((value, i) => Math.abs(shown.at[i] - value) < 1e-9),
    );
  while (!isThere() && performance.now() < until) await pause(30);
}
