// Delegated listeners, once for all pages of the window: what the pointer and the keyboard do near controls.

import { isInput, textOf } from "./boxes.js";
import { foresee } from "./sliders.js";
import { watchTouch } from "./touch.js";

/** @import { Store } from "./store.js" */

/**
 * The page and the control that an element's classes name; undefined where they name none.
 * @param {Iterable<string>} classes
 * @returns {{ id: string | undefined, key: string | undefined }}
 */
export function named(classes) {
  const all = [...classes];
  return {
    id: all.find((name) => name.startsWith("hw-live-"))?.slice("hw-live-".length),
    key: all.find((name) => /^hw-(slider|other)-/.test(name))?.slice("hw-".length),
  };
}

/**
 * The box that an event is about, its page and its key, if it is one whose text is a number.
 * @param {Map<string, Store>} stores
 * @param {EventTarget | null} box
 */
function boxIn(stores, box) {
  if (!(box instanceof HTMLElement) || !box.matches(".widget-readout, .widget-text input")) return null;
  const { id, key } = named(box.closest('[class*="hw-live-"]')?.classList ?? []);
  const store = stores.get(id ?? "");
  const control = key && store?.boxes.controlOf(key);
  return store && key && control && typeof control.get("value") !== "string" ? { store, key, box } : null;
}

/**
 * What is typed into the box of a slider or of a number goes to the kernel before ipywidgets parses it: its own parser
 * reads "0,7" as 0, drops "−25", and clamps what lies outside without a word.
 * @param {Document} root
 * @param {Map<string, Store>} stores
 */
function watchTyping(root, stores) {
  /** @typedef {{ store: Store, key: string, box: HTMLElement }} Found */
  /** @type {<Kind extends keyof DocumentEventMap>(kind: Kind, act: (event: DocumentEventMap[Kind], found: Found) => void) => void} */
  const listen = (kind, act) =>
    root.addEventListener(
      kind,
      (event) => {
        const found = boxIn(stores, event.target);
        if (found) act(event, found);
      },
      { capture: true },
    );
  /** @type {(event: Event, found: Found) => void} */
  const leave = (event, { store, key, box }) => {
    event.stopImmediatePropagation();
    if (box.hwBefore !== undefined) store.boxes.typed(key, box);
  };
  listen("focusin", (_event, { box }) => {
    if (isInput(box) && box.type === "number") {
      box.type = "text";
      box.select();
    }
    box.inputMode = "decimal";
    if (box.getAttribute("aria-invalid") !== "true") box.hwBefore = textOf(box);
  });
  listen("keydown", (event, found) => {
    if (event.key === "Escape") {
      found.store.boxes.restore(found.key, found.box);
      found.store.boxes.say(found.key, "", false);
    } else if (event.key !== "Enter") return;
    event.preventDefault();
    leave(event, found);
  });
  listen("blur", (event, found) => {
    if (!isInput(found.box)) leave(event, found);
  });
  listen("change", leave);
}

/**
 * A slider that hand or focus comes near gets its table.
 * @param {Document} root
 * @param {Map<string, Store>} stores
 */
function watchNear(root, stores) {
  /** @param {Event} event */
  const near = (event) => {
    const control = event.target instanceof Element && event.target.closest('[class*="hw-live-"]');
    if (!control) return;
    for (const [id, store] of stores) {
      if (!control.classList.contains(`hw-live-${id}`)) continue;
      const i = store.names.findIndex((name) => control.classList.contains(`hw-slider-${name}`));
      if (i < 0 || !store.sliders.length) continue;
      store.questions.near.set(event.type, i);
      store.describe(i);
      store.questions.want(i);
      if (event.type !== "focusin") continue;
      control.closest(".hw-root")?.setAttribute("data-hand", store.names[i]); // the style keeps its chart in view
      again = () => foresee(store, i);
      again();
    }
  };
  let again = () => {}; // a window of another size has lines of another length
  addEventListener("resize", () => again(), { passive: true });
  for (const kind of ["pointerover", "focusin"]) root.addEventListener(kind, near, { passive: true });
  root.addEventListener("focusout", () => {
    root.querySelector(".hw-root[data-hand]")?.removeAttribute("data-hand");
    again = () => {};
    for (const store of stores.values()) foresee(store, -1);
  });
}

/**
 * Listen for a hand that takes hold of a slider, and for one that lets go.
 * @param {Map<string, Store>} stores
 */
function watchHold(stores) {
  /** @param {PointerEvent} event */
  const hold = (event) => {
    window.__hedgeHeld = event.type === "pointerdown";
    const [target] = event.composedPath(); // the event's own is the shadow that it comes from
    const slider = target instanceof Element && target.closest(".hw-root .slider-container");
    /** @type {HTMLElement | null} */
    const handle = slider && window.__hedgeHeld ? slider.querySelector(".noUi-handle") : null;
    if (handle && event.pointerType !== "touch") setTimeout(() => handle.focus({ preventScroll: true })); // a click gives it no focus
    if (!window.__hedgeHeld) for (const store of stores.values()) store.released();
  };
  for (const kind of /** @type {const} */ (["pointerdown", "pointerup", "pointercancel"])) {
    document.addEventListener(kind, hold, { passive: true, capture: true });
  }
}

/**
 * Listen for what happens near the controls of a document, or of a shadow: much of it is not heard outside.
 * @param {Document | ShadowRoot} root
 * @param {Map<string, Store>} stores
 */
export function watchPointer(root, stores) {
  if (!window.__hedgeWatched) watchHold(stores);
  window.__hedgeWatched ??= new WeakSet();
  if (window.__hedgeWatched.has(root)) return;
  window.__hedgeWatched.add(root);
  const heard = /** @type {Document} */ (root); // a shadow's events are the same
  watchTyping(heard, stores);
  watchNear(heard, stores);
  watchTouch(heard);
}
