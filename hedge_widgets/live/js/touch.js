// A finger on a slider: sideways it moves the slider, up and down it scrolls the page.

const TOUCH_SLOP = 4; // pixels: less is no direction yet

/** @typedef {{ id: number, x: number, y: number, event: TouchEvent }} BegunTouch */

/**
 * Let the stock slider know of a touch that was kept from it.
 * @param {BegunTouch} began
 */
function handTouch(began) {
  const { touches, targetTouches, changedTouches, target } = began.event;
  const lists = { touches: [...touches], targetTouches: [...targetTouches], changedTouches: [...changedTouches] };
  target?.dispatchEvent(new TouchEvent("touchstart", { ...lists, bubbles: true, cancelable: true }));
  const slider = target instanceof Element && target.closest(".slider-container");
  /** @type {HTMLElement | null} */
  const handle = slider ? slider.querySelector(".noUi-handle") : null;
  handle?.focus({ preventScroll: true }); // a finger gives it no focus
}

/**
 * The stock slider jumps to a finger as soon as it lands, also one that only wants to scroll. It hears of a touch once
 * that goes sideways, or ends where it began.
 * @param {Document} root
 */
export function watchTouch(root) {
  /** @type {BegunTouch | null} */
  let began = null;
  /** @type {(kind: "touchstart" | "touchmove" | "touchend" | "touchcancel", act: (event: TouchEvent) => void) => void} */
  const listen = (kind, act) =>
    root.addEventListener(kind, (event) => event.isTrusted && act(event), { capture: true, passive: true });
  listen("touchstart", (event) => {
    began = null;
    if (!(event.target instanceof Element && event.target.closest(".hw-root .noUi-target"))) return;
    event.stopImmediatePropagation();
    const { identifier: id, clientX: x, clientY: y } = event.changedTouches[0];
    if (event.touches.length === 1) began = { id, x, y, event };
  });
  listen("touchmove", (event) => {
    const touch = [...event.changedTouches].find(({ identifier }) => identifier === began?.id);
    if (!began || !touch) return;
    const [across, down] = [Math.abs(touch.clientX - began.x), Math.abs(touch.clientY - began.y)];
    if (Math.max(across, down) < TOUCH_SLOP) return;
    if (across > down) handTouch(began);
    began = null;
  });
  listen("touchend", () => {
    if (began) handTouch(began);
    began = null;
  });
  listen("touchcancel", () => {
    began = null;
  });
}
