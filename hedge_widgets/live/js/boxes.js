// What is typed into boxes: the kernel reads it, one reader for all, and the page says beside a box what came of it.

import { keyOf } from "./sliders.js";

/** @import { Refusal, TakenMessage } from "./messages.js" */
/** @import { Store } from "./store.js" */

/**
 * @param {Element} box
 * @returns {box is HTMLInputElement}
 */
export const isInput = (box) => box.matches("input");

/**
 * What a box shows; a slider's readout is a box too.
 * @param {HTMLElement} box
 */
export const textOf = (box) => (isInput(box) ? box.value : (box.textContent ?? ""));

/**
 * @param {HTMLElement} box
 * @param {string} text
 */
function writeTo(box, text) {
  if (isInput(box)) box.value = text;
  else box.textContent = text;
}

/** @param {Control} control */
const settingOf = (control) => control.get(keyOf(control));

/** The boxes of one page, by key: "slider-name" or "other-n". */
export class Boxes {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    /** @type {{ key: string, before: string, value: number | string } | null} */
    this.typing = null; // sent, and not yet answered
    /** @type {string | undefined} */
    this.complained = undefined; // the box of the last refusal
    /** @type {string | null} */
    this.remarked = null; // the box of the last remark
  }

  /**
   * @param {string} key
   * @returns {Control | undefined}
   */
  controlOf(key) {
    const [kind, name] = key.split(/-(.*)/s);
    return kind === "slider" ? this.store.sliders[this.store.names.indexOf(name)] : this.store.others[Number(name)];
  }

  /** @param {string} key */
  classOf(key) {
    return `.hw-live-${this.store.id}.hw-${key}`;
  }

  /**
   * @param {string} key
   * @returns {HTMLElement | null}
   */
  boxOf(key) {
    return this.store.root.querySelector(`${this.classOf(key)} :is(.widget-readout, input, select)`);
  }

  /**
   * A box is left: what was typed goes to the kernel.
   * @param {string} key
   * @param {HTMLElement} box
   */
  typed(key, box) {
    const text = textOf(box).trim();
    const before = box.hwBefore ?? "";
    const refusal = this.store.live.get("refusal");
    if (refusal.control === key && refusal.typed === text) return; // it is marked already
    const control = this.controlOf(key);
    if (this.store.ended || text === before.trim() || !control) {
      this.restore(key, box);
      return;
    }
    this.typing = { key, before, value: settingOf(control) };
    this.store.questions.restNow();
    this.store.questions.send({ kind: "typed", control: key, text });
  }

  /**
   * The box shows what was understood.
   * @param {TakenMessage} message
   */
  taken({ control: key, text }) {
    const box = this.boxOf(key);
    const control = this.controlOf(key);
    if (this.typing?.key === key && box && control) {
      if (isInput(box) || settingOf(control) === this.typing.value) this.restore(key, box, this.typing.before);
      else box.hwBefore = textOf(box); // the slider has written it
    }
    this.typing = null;
    this.say(key, text, false);
    this.remarked = text ? key : null;
  }

  /**
   * @param {string} key
   * @param {HTMLElement} box
   * @param {string} text
   */
  restore(key, box, text = box.hwBefore ?? "") {
    const control = this.controlOf(key);
    if (!control) return;
    const shown = keyOf(control) === "index" ? control.get("_options_labels")[control.get("index")] : text;
    writeTo(box, isInput(box) ? String(control.get("value")) : shown);
    box.hwBefore = textOf(box);
    const i = this.store.sliders.indexOf(/** @type {Slider} */ (control));
    if (i >= 0) this.store.describe(i);
  }

  /**
   * The box keeps what was typed, with the sentence beside it.
   * @param {Refusal} refusal
   */
  refused({ control: key, text, typed }) {
    this.store.questions.answered();
    const before = this.complained;
    this.complained = key;
    if (before && before !== key) {
      const box = this.boxOf(before);
      if (box && isInput(box)) this.restore(before, box);
      this.say(before, "", false);
    }
    if (!key) return;
    const box = this.boxOf(key);
    if (typeof typed === "string" && box?.matches("input, .widget-readout")) writeTo(box, typed);
    this.typing = null;
    this.say(key, text ?? "", true);
  }

  /** A remark goes when the hand moves on. */
  forget() {
    if (!this.remarked) return;
    this.say(this.remarked, "", false);
    this.remarked = null;
  }

  /**
   * A sentence beside a control; read aloud by a screen reader, and the box names it as its description.
   * @param {string} key
   * @param {string} text
   * @param {boolean} isWrong
   */
  say(key, text, isWrong) {
    const box = this.boxOf(key);
    const root = this.store.root.querySelector(this.classOf(key));
    if (!box || !root) return;
    if (isWrong) root.closest(".hw-card")?.querySelector(".hw-fold")?.setAttribute("open", "");
    let place = root.querySelector(".hw-complaint");
    if (!place && !text) return;
    if (!place) {
      place = root.appendChild(document.createElement("div"));
      place.id = `hw-complaint-${this.store.id}-${key}`;
      place.setAttribute("role", "alert");
    }
    place.className = `hw-complaint hw-beside${isWrong ? "" : " hw-remark"}`;
    place.textContent = text;
    box.setAttribute("aria-invalid", String(isWrong));
    if (text) box.setAttribute("aria-describedby", place.id);
    else box.removeAttribute("aria-describedby");
  }
}
