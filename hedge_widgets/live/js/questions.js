// What a page asks the kernel, and what it still waits for.

import { SILENCE_MS } from "./kernel.js";
import { stampOf } from "./rows.js";

/** @import { ToKernel } from "./messages.js" */
/** @import { Store } from "./store.js" */

/** A slider that has not moved for so long rests. */
export const REST_MS = 150;
const LEAVES_AFTER_MS = 3000; // whoever leaves waits no longer for the kernel

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
    this.revising = false; // a new revision is here, and not yet all of its sliders and its picture
    this.unanswered = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.silence = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.resting = undefined; // a slider has just moved
    this.nTold = 0;
    /** @type {Map<number, () => void>} */
    this.leaving = new Map(); // what waits for an answer, by its count
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
    this.revising = false;
    this.requested.clear();
  }

  /** A change that is no slider's: its sliders come one by one, and then its picture. */
  revised() {
    this.forget();
    this.revising = true;
  }

  /**
   * The picture of a revision has come.
   * @param {boolean} isHere whether it is the picture of where the hand is
   */
  refreshed(isHere) {
    this.revising = false;
    if (isHere) this.restNot();
    else this.restSoon();
  }

  /** The picture where the hand is now, one question at a time. */
  ask() {
    if (this.asking) return;
    this.asking = true;
    queueMicrotask(() => this.send({ kind: "ask", revision: this.store.revision, at: this.store.at() }));
  }

  /** The hand moved a slider. */
  restSoon() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.store.rest(), REST_MS);
  }

  /** Something else happens: it comes after what the slider did. */
  restNow() {
    if (this.resting) this.store.rest();
  }

  /** The slider is held, or where the kernel put it. */
  restNot() {
    clearTimeout(this.resting);
    this.resting = undefined;
  }

  /** The picture where the hand rests, and the tables it may need next. */
  rest() {
    if (this.revising) {
      this.restSoon(); // where the sliders are is half of before and half of after
      return;
    }
    this.restNot();
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

  /**
   * Wait until the kernel has taken all that a hand did here, and has said what came of it: the book that somebody takes
   * to another page is the one that they made. A number typed for a slider moves it, and then it rests in its turn.
   */
  async settled() {
    const end = performance.now() + LEAVES_AFTER_MS;
    const { store } = this;
    do {
      if (store.ended) return;
      this.restNow();
      await this.tell(end - performance.now());
    } while ((this.resting || store.boxes.typing || store.void) && performance.now() < end);
  }

  /**
   * Have the kernel answer when it is through with what it was sent before.
   * @param {number} patience milliseconds
   */
  tell(patience) {
    this.nTold += 1;
    const count = this.nTold;
    this.send({ kind: "tell", count });
    return new Promise((/** @type {(value?: undefined) => void} */ done) => {
      this.leaving.set(count, done);
      setTimeout(() => this.told(count), patience);
    });
  }

  /** @param {number} count */
  told(count) {
    this.leaving.get(count)?.();
    this.leaving.delete(count);
  }
}
