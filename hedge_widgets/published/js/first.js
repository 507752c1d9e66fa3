// The first picture of a live page: a saved one, which answers the hand until the kernel's own page is drawn behind it.

import { answer, putUp } from "./host.js";

/** @import { SavedPage } from "./host.js" */

const QUIET_MS = 400; // a hand that has been still for so long has let go
const PATIENCE_MS = 3000; // for the live page to show where the sliders were left

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** The live page: it stands below the first picture, and may not be here yet. */
const cells = () => document.getElementById("rendered_cells");

/**
 * Show a page's first picture; what it returns takes it away once the live page is there.
 * @param {HTMLElement} place
 * @param {SavedPage} saved
 * @param {string} tables their address
 * @returns {() => Promise<void>}
 */
export function showFirst(place, saved, tables) {
  const page = putUp(/** @type {HTMLElement} */ (place.querySelector("#hw-saved")), saved, true);
  // What is typed is the kernel's to read.
  for (const box of place.querySelectorAll(".widget-readout")) box.setAttribute("contenteditable", "false");
  const say = (/** @type {string} */ text) => {
    place.style.visibility = "";
    page.live.set("notice", text);
  };
  addEventListener("DOMContentLoaded", () => cells()?.toggleAttribute("inert", place.isConnected));
  addEventListener("load", () => checkStart(say));
  window.hedgeLate = () =>
    say("The computation behind this page does not answer. Its sliders still move; reload it to try again.");
  const end = () => takeAway(place, page);
  showAddress(page, saved, tables, place).then((isShown) => isShown || end());
  let touched = 0;
  const touch = () => {
    touched = performance.now();
  };
  for (const kind of ["keydown", "pointerdown", "pointerup", "pointermove"]) place.addEventListener(kind, touch, true);
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
 * Let the first picture answer, and show what the address asks for where the tables hold it.
 * @param {ReturnType<typeof putUp>} page
 * @param {SavedPage} saved
 * @param {string} tables
 * @param {HTMLElement} place
 * @returns {Promise<boolean>} false where the kernel's page has to be waited for
 */
async function showAddress(page, saved, tables, place) {
  const isAsked = location.hash.startsWith("#1=");
  if (isAsked) place.style.visibility = "hidden";
  try {
    const answered = await fetch(tables);
    if (!answered.ok) throw new Error("the server has no such tables");
    const answers = await answer(page, saved, answered.arrayBuffer());
    if (isAsked && !(page.sliders.arrive(location.hash) && answers.reaching(page.sliders.at()))) return false;
  } catch {
    if (isAsked) return false;
  }
  place.style.visibility = "";
  return true;
}

/**
 * A page that came without its kernel: the server had no place after all, or could not make it.
 * @param {(text: string) => void} say
 */
async function checkStart(say) {
  if (document.getElementById("jupyter-config-data")) return;
  const answered = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answered?.status === 503)
    location.reload(); // the server's own page waits for a place
  else say("This page could not be started. Its sliders still move; reload it to try again.");
}

/**
 * @param {HTMLElement} place
 * @param {ReturnType<typeof putUp>} page
 */
function takeAway(place, page) {
  page.remove();
  place.remove();
  cells()?.removeAttribute("inert");
}

/**
 * Have the live page show what was done to the first picture.
 * @param {import("./sliders.js").SavedSliders} sliders
 */
async function handOver(sliders) {
  const at = sliders.at();
  const others = () => [...(window.__hedgeLive ?? [])].filter(([id]) => id !== sliders.live.model_id);
  const isThere = () =>
    others().some(([_id, { shown }]) => at.every((value, i) => Math.abs(shown.at[i] - value) < 1e-9));
  if (isThere()) return;
  const text = sliders.address() || encodeURIComponent(JSON.stringify(sliders.state));
  history.replaceState(history.state, "", `#1=${text}`); // as a step of the hand, which is no entry of its own
  dispatchEvent(new HashChangeEvent("hashchange"));
  const until = performance.now() + PATIENCE_MS;
  while (!isThere() && performance.now() < until) await pause(30);
}
