// The kernel's end, its silence and its return; and what another page hands over in the address.

/** @import { Store } from "./store.js" */

/** An unanswered question after which the page says that the kernel does not answer. */
export const SILENCE_MS = 10_000;

const GONE = new Set(["dead", "restarting", "autorestarting", "terminating"]); // a restarted kernel knows no widget

/**
 * Tell the store when the kernel ends, falls silent or is back.
 * @param {Store} store
 * @param {Kernel | undefined} kernel
 */
export function watchKernel(store, kernel) {
  if (!kernel?.statusChanged) return;
  const look = () => {
    if (GONE.has(kernel.status) || kernel.isDisposed) store.end();
  };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let lost;
  kernel.statusChanged.connect(look);
  kernel.disposed?.connect(() => store.end());
  kernel.connectionStatusChanged.connect((_kernel, status) => {
    clearTimeout(lost);
    if (status === "disconnected") store.end();
    else if (status === "connected") store.reconnected();
    else lost = setTimeout(() => store.quiet(true), SILENCE_MS);
  });
  look();
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
  if (!location.pathname.includes("/voila/")) return;
  addEventListener("hashchange", take);
  live.on("change:address", () => {
    const address = live.get("address");
    SEEN.write(address);
    history.replaceState(history.state, "", address ? `#1=${address}` : location.pathname + location.search);
  });
}
