// How a page comes back whose kernel is gone: by itself, when somebody is there and the server has a place for it.

import { same } from "./rows.js";

/** @import { Store } from "./store.js" */

const PRESENT_MS = 60_000; // whoever has done nothing for so long may be away, and takes no place from others
const LEAVING_MS = 60_000; // whoever is still here after so long has stayed
const TICK_MS = 300;
const FIRST_PAUSE_MS = 1500;
const LONGEST_PAUSE_MS = 20_000;
const MOST_RETURNS = 3; // by itself, in ten minutes
const RETURNS_MS = 600_000;
const RETURNS = "hedge-widgets-returns";

const WORDS = {
  now: "The computation behind this page has ended. It starts again now, with what you see.",
  later: "The computation behind this page has ended. It starts again, with what you see, as soon as you go on.",
  silent: "The server does not answer. This page comes back by itself when it does, with what you see.",
  full: "All places on the server are taken. This page comes back by itself when one is free, with what you see.",
  often: "The computation behind this page has ended several times. Reload the page to start it again.",
  gone: "The computation behind this page has ended, and the server no longer has the page. What you see stays here.",
};

/** Whether this is a page of its own, which can be loaded again, and not part of a notebook. */
export const isPage = () => Boolean(globalThis.location?.pathname.includes("/voila/"));

const HAND = { seen: Date.now(), left: 0 };

/** Note whenever somebody does something here. */
export function watchHand() {
  const note = () => {
    if (!document.hidden) HAND.seen = Date.now();
  };
  for (const event of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    addEventListener(event, note, { capture: true, passive: true });
  }
  document.addEventListener("visibilitychange", note);
  addEventListener("beforeunload", () => {
    HAND.left = Date.now();
  });
  addEventListener("pageshow", () => {
    HAND.left = 0;
  });
}

/**
 * Whether somebody is on the way to another page. The kernel is given back at once, and the other page may be long in
 * coming: to load this one again would stop it.
 */
export const isLeaving = () => Date.now() - HAND.left < LEAVING_MS;

const isSomebodyThere = () => !document.hidden && Date.now() - HAND.seen < PRESENT_MS;

/**
 * The address of what is on the page: the kernel's, and in it the sliders that were moved since.
 * @param {string} told the state as the kernel wrote it, "" where the page is as it opened
 * @param {string[]} names of the sliders
 * @param {number[]} start where the kernel has them
 * @param {number[]} at where they are
 */
export function addressAt(told, names, start, at) {
  const moved = names.flatMap((name, i) =>
    Number.isFinite(at[i]) && !same([at[i]], [start[i]]) ? [[name, Number(at[i].toPrecision(12))]] : [],
  );
  if (!moved.length) return told;
  const state = told ? JSON.parse(decodeURIComponent(told)) : {};
  state.sliders = { ...state.sliders, ...Object.fromEntries(moved) };
  return encodeURIComponent(JSON.stringify(state));
}

/**
 * When the page came back by itself of late.
 * @returns {number[]}
 */
function returns() {
  try {
    /** @type {number[]} */
    const times = JSON.parse(sessionStorage.getItem(RETURNS) ?? "[]");
    return times.filter((time) => Date.now() - time < RETURNS_MS);
  } catch {
    return []; // private windows may refuse
  }
}

/** The way back of one page whose kernel is gone. */
export class Return {
  /**
   * @param {Store} store
   * @param {(text: string) => void} say
   */
  constructor(store, say) {
    this.store = store;
    this.say = say;
    this.pause = FIRST_PAUSE_MS;
    this.words = WORDS.now;
    this.next = Date.now() + FIRST_PAUSE_MS; // time to read
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  tick() {
    const isOften = returns().length >= MOST_RETURNS;
    if (isOften) this.words = WORDS.often;
    else if (this.words === WORDS.now && !isSomebodyThere()) this.words = WORDS.later;
    else if (this.words === WORDS.later && isSomebodyThere()) this.words = WORDS.now;
    this.say(this.words + this.remark());
    if (isOften || window.__hedgeHeld || Date.now() < this.next || !isSomebodyThere()) return;
    this.next = Number.POSITIVE_INFINITY;
    this.look();
  }

  /** What is not as it seems. */
  remark() {
    const { store } = this;
    if (store.void) return " Your last change outside of the sliders was not taken.";
    return same((store.next ?? store.shown).at, store.at())
      ? ""
      : " The picture does not follow this slider until then.";
  }

  /** Ask whether the server has a place, without taking it. */
  async look() {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
    const status = answer?.status ?? 0;
    if (answer?.ok || status === 405) this.open(true);
    else if (status === 503) this.words = WORDS.full;
    else if (status >= 400 && status < 500) this.words = WORDS.gone;
    else this.words = WORDS.silent;
    this.next = Date.now() + this.pause * (0.7 + 0.6 * Math.random());
    this.pause = Math.min(LONGEST_PAUSE_MS, 1.5 * this.pause);
  }

  /**
   * Open the page anew, with what it shows.
   * @param {boolean} [isByItself]
   */
  open(isByItself = false) {
    clearInterval(this.timer);
    const { live, names } = this.store;
    try {
      if (isByItself) sessionStorage.setItem(RETURNS, JSON.stringify([...returns(), Date.now()]));
      const address = addressAt(live.get("address"), names, live.get("start"), this.store.at());
      if (address) history.replaceState(history.state, "", `#1=${address}`);
    } catch {
      // the page opens as the kernel last wrote it
    }
    location.reload();
  }
}
