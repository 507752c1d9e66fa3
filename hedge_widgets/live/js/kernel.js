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

/**
 * Hand to the kernel what stands in the address behind #name=.
 * @param {LiveModel} live
 */
export function watchAddress(live) {
  const name = live.get("arrival");
  if (!name) return;
  const take = () => {
    const [key, text] = location.hash.slice(1).split("=", 2);
    if (key !== name || !text) return;
    let state = null;
    try {
      state = JSON.parse(decodeURIComponent(text));
    } catch {
      // not what a page of ours writes; the kernel says so
    }
    live.send({ kind: "arrival", state }); // answered only if it changes the page
  };
  take();
  addEventListener("hashchange", take);
}
