// What a page asks the kernel, and what it still waits for.

import { SILENCE_MS } from "./kernel.js";
import { stampOf } from "./rows.js";

/** @import { ToKernel } from "./messages.js" */
/** @import { Store } from "./store.js" */

/** The questions of one page. */
export class Questions {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    /** @type {Map<number, string>} */
    this.requested = new Map(); // slider -> the stamp of the table asked for
    /** @type {Map<string, number>} */
    this.near = new Map(); // how -> slider
    /** @type {number | undefined} */
    this.last = undefined; // the slider used last
    this.asking = false;
    this.unanswered = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.silence = undefined;
  }

  /** @param {ToKernel} message */
  send(message) {
    if (this.store.ended) return;
    this.store.live.send(message);
    this.unanswered += 1;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.unanswered && this.store.quiet(true), SILENCE_MS);
  }

  /** The kernel answers. */
  answered() {
    this.unanswered = 0;
    this.store.quiet(false);
  }

  /** No answer to what was asked will come, or count. */
  forget() {
    this.asking = false;
    this.requested.clear();
  }

  /** The picture where the hand is now, one question at a time. */
  ask() {
    if (this.asking) return;
    this.asking = true;
    queueMicrotask(() => this.send({ kind: "ask", revision: this.store.revision, at: this.store.at() }));
  }

  /** The picture where the hand rests, and the tables it may need next. */
  rest() {
    this.send({ kind: "rest", revision: this.store.revision, at: this.store.at() });
    this.wantNear();
  }

  /** The sliders under the pointer and with the focus, which need not be one, and the one used last. */
  wantNear() {
    for (const i of new Set([...this.near.values(), this.last])) if (i !== undefined) this.want(i);
  }

  /**
   * Slider i's table, unless it is here or under way for the present stamp.
   * @param {number} i
   */
  want(i) {
    const { revision, names } = this.store;
    const at = this.store.at();
    const stamp = stampOf(revision, at, i);
    if (this.requested.get(i) === stamp) return;
    this.requested.set(i, stamp);
    this.send({ kind: "table", slider: names[i], revision, at });
  }
}
