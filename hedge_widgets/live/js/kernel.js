// The kernel's end, its silence and its return; and what another page hands over in the address.

import { isLeaving, isPage, watchHand } from "./returning.js";

/** @import { Store } from "./store.js" */

/** An unanswered question after which the page says that the kernel does not answer. */
export const SILENCE_MS = 10_000;
const LOOK_MS = 3000;

const GONE = new Set(["dead", "restarting", "autorestarting", "terminating"]); // a restarted kernel knows no widget

/**
 * End the page, unless somebody is leaving it: then it is only known a moment later, for Voila hears of it first.
 * @param {Store} store
 * @param {number} [after] milliseconds
 */
function end(store, after = 0) {
  setTimeout(() => (isLeaving() ? end(store, 1000) : store.end()), after);
}

/**
 * Tell the store when the kernel ends, falls silent or is back.
 * @param {Store} store
 * @param {Kernel | undefined} kernel
 */
export function watchKernel(store, kernel) {
  if (!kernel?.statusChanged) return;
  const look = () => {
    if (GONE.has(kernel.status) || kernel.isDisposed) end(store);
  };
  const line = new Line(store, kernel);
  kernel.statusChanged.connect(look);
  kernel.disposed?.connect(() => end(store));
  kernel.connectionStatusChanged.connect((_kernel, status) => {
    if (status === "disconnected") end(store);
    else if (status === "connected") line.up();
    else line.down();
  });
  look();
}

/**
 * A notebook that is opened again, or was made into a file: what it shows is there, and no kernel that computes.
 * @param {Store} store
 */
export function watchComm(store) {
  const { live } = store;
  live.on("comm_live_update", () => live.comm_live === false && end(store));
  if (live.comm_live !== false) return;
  store.isPicture = true;
  for (const control of [...store.sliders, ...store.others]) control.set("disabled", true);
  store.end();
}

/**
 * What a notebook is saved with: the picture as it is, as the sliders beside it are. The kernel knows it, and is told
 * nothing.
 * @param {Store} store
 */
export function keepPicture({ live, parts }) {
  if (isPage() || !live.widget_manager?.kernel) return;
  const plain = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    ArrayBuffer.isView(value) ? Array.from(/** @type {Float64Array} */ (value)) : value;
  for (const part of parts) if (part.now) part.model?.set("spec", JSON.stringify(part.now(), plain));
}

/** The line to the kernel. Jupyter connects again by itself, but looks ever more rarely, and not whether it is there. */
class Line {
  /**
   * @param {Store} store
   * @param {Kernel} kernel
   */
  constructor(store, kernel) {
    this.store = store;
    this.kernel = kernel;
    this.isDown = false;
    this.isAskedBack = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.silence = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    if (!isPage()) return;
    watchHand();
    // a laptop wakes up, a tab is looked at again
    addEventListener("online", () => this.look());
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
  }

  up() {
    clearTimeout(this.silence);
    this.isDown = this.isAskedBack = false;
    this.store.reconnected();
  }

  down() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.store.quiet(true), SILENCE_MS);
    this.isDown = true;
    if (isPage()) this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.isDown && !this.store.ended && this.look().then(() => this.later()), LOOK_MS);
  }

  /** Whether the kernel is still there: if not, the page need not wait; if it is, it can be connected at once. */
  async look() {
    const { kernel } = this;
    if (this.store.ended) return;
    const address = `${kernel.serverSettings.baseUrl}api/kernels/${kernel.id}`;
    const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
    if (answer?.status === 404) end(this.store);
    if (!answer?.ok || !this.isDown || this.isAskedBack) return;
    this.isAskedBack = true; // once: a second time would cut off the first
    kernel.reconnect().catch(() => {}); // it says so in its status
  }
}

const LONGEST = 20_001; // one more than the kernel takes: it says so

/** What this tab last saw of the page at this place: it is there again when the book comes back. */
const SEEN = {
  key: () => `hedge-widgets:${location.pathname}`,
  read() {
    try {
      return sessionStorage.getItem(this.key()) ?? "";
    } catch {
      return ""; // private windows may refuse
    }
  },
  /** @param {string} address */
  write(address) {
    try {
      sessionStorage.setItem(this.key(), address);
    } catch {
      // as above
    }
  },
};

/**
 * Hand to the kernel what stands in the address behind #name=, and write there what the page shows: a reload, another
 * browser or the way back finds the same. Only a page has an address; JupyterLab's is its own.
 * @param {LiveModel} live
 */
export function watchAddress(live) {
  const take = () => {
    const [, name, text] = location.hash.match(/^#(\w+)=(.+)/s) ?? [];
    // answered only if it changes the page
    if (name) live.send({ kind: "arrival", name, text: text.slice(0, LONGEST), before: SEEN.read().slice(0, LONGEST) });
  };
  take();
  if (!isPage()) return;
  addEventListener("hashchange", take);
  live.on("change:address", () => {
    const address = live.get("address");
    SEEN.write(address);
    history.replaceState(history.state, "", address ? `#1=${address}` : location.pathname + location.search);
  });
}
