// Points of a chart that a hand drags: each stands for sliders, and moves them as a hand on their tracks would.

/** @import { Chart } from "./chart.js" */
/** @import { Store } from "./store.js" */

/**
 * A point that can be dragged, of parts.py: up and down it moves slider `y`, one of whose units is `unit` of the axis;
 * sideways slider `x`, if it has one, whose range is the width of the axis.
 * @typedef {object} HandleSpec
 * @property {number} trace
 * @property {number} point
 * @property {string} y
 * @property {number} unit
 * @property {string} [x]
 */

const DECIDED_PX = 5; // so far a hand goes before it is clear whether it drags sideways or up and down

/**
 * The place of a slider nearest to a value in its unit.
 * @param {number[]} places
 * @param {number} value
 */
export function nearestPlace(places, value) {
  return places.reduce((best, place) => (Math.abs(place - value) < Math.abs(best - value) ? place : best));
}

/** The handles of a chart; for a screen reader the sliders are the way, so the handles are hidden from it. */
export class Handles {
  /**
   * @param {Chart} chart
   * @param {Store} store
   * @param {HTMLElement} el what the chart is drawn in
   * @param {HandleSpec[]} specs
   */
  constructor(chart, store, el, specs) {
    this.chart = chart;
    this.store = store;
    this.specs = specs;
    /** @type {{ spec: HandleSpec, dot: HTMLElement, from: number[], way: "" | "x" | "y" } | null} */
    this.drag = null;
    this.dots = specs.map((spec) => this.dotOf(spec));
    if (!specs.length) return;
    el.style.position = "relative";
    const layer = el.appendChild(document.createElement("div"));
    layer.className = "hw-grips";
    layer.setAttribute("aria-hidden", "true");
    layer.append(...this.dots);
  }

  /** @param {HandleSpec} spec */
  dotOf(spec) {
    const dot = document.createElement("div");
    dot.className = `hw-grip hw-grip-${spec.y}`;
    dot.hidden = true;
    dot.addEventListener("pointerover", () => this.approach(spec));
    dot.addEventListener("pointerdown", (event) => this.grab(event, spec, dot));
    dot.addEventListener("pointermove", (event) => this.move(event));
    dot.addEventListener("lostpointercapture", () => this.drop());
    return dot;
  }

  /**
   * A hand comes near: the tables that it may need.
   * @param {HandleSpec} spec
   */
  approach(spec) {
    for (const name of [spec.x, spec.y]) {
      const i = name ? this.store.names.indexOf(name) : -1;
      if (i < 0) continue;
      this.store.questions.near.set("pointerover", i);
      this.store.questions.want(i);
    }
  }

  /**
   * @param {PointerEvent} event
   * @param {HandleSpec} spec
   * @param {HTMLElement} dot
   */
  grab(event, spec, dot) {
    if (event.button || this.drag) return;
    event.preventDefault();
    dot.setPointerCapture(event.pointerId);
    this.approach(spec);
    // The hand keeps hold of the spot that it took: the point does not jump to it.
    const { x, y } = this.pixels(spec);
    const from = [event.clientX, event.clientY, x, y];
    this.drag = { spec, dot, from, way: spec.x ? "" : "y" };
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.drag) return;
    const { spec, dot, from } = this.drag;
    const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]];
    if (!this.drag.way && Math.hypot(dx, dy) < DECIDED_PX) return;
    this.drag.way ||= Math.abs(dx) > Math.abs(dy) ? "x" : "y";
    const axes = this.chart.plot._fullLayout;
    if (!axes?.xaxis || !axes.yaxis) return;
    if (this.drag.way === "y") {
      const value = this.set(spec.y, axes.yaxis.p2l(from[3] + dy) / spec.unit);
      dot.style.top = `${axes.yaxis._offset + axes.yaxis.l2p(value * spec.unit)}px`;
    } else if (spec.x) {
      const places = this.store.positions[this.store.names.indexOf(spec.x)];
      const [low, width] = [places[0], places[places.length - 1] - places[0]];
      const value = this.set(spec.x, low + ((from[2] + dx) / axes.xaxis._length) * width);
      dot.style.left = `${axes.xaxis._offset + ((value - low) / width) * axes.xaxis._length}px`;
    }
  }

  /**
   * Move a slider to its place nearest to a value; return that. The page rests when the hand lets go, not before: a
   * drag is one step to take back.
   * @param {string} name
   * @param {number} value
   */
  set(name, value) {
    const i = this.store.names.indexOf(name);
    const place = nearestPlace(this.store.positions[i], value);
    this.store.sliders[i].set("value", place);
    this.store.sliders[i].save_changes();
    this.store.questions.restNot();
    return place;
  }

  drop() {
    const isMoved = this.drag?.way;
    this.drag = null;
    this.place();
    if (isMoved) this.store.rest();
  }

  /**
   * Where a point is drawn, in pixels of the axes.
   * @param {HandleSpec} spec
   */
  pixels({ trace, point }) {
    const { data, _fullLayout: axes } = this.chart.plot;
    /** @param {"x" | "y"} name */
    const at = (name) => Number(/** @type {PlotlyValues | undefined} */ (data?.[trace]?.[name])?.[point] ?? Number.NaN);
    return { x: axes?.xaxis?.l2p(at("x")) ?? Number.NaN, y: axes?.yaxis?.l2p(at("y")) ?? Number.NaN };
  }

  /** Put the handles where the points are; the one in the hand is there already. */
  place() {
    const axes = this.chart.plot._fullLayout;
    this.specs.forEach((spec, k) => {
      const dot = this.dots[k];
      if (dot === this.drag?.dot) return;
      const { x, y } = this.pixels(spec);
      dot.hidden = !Number.isFinite(x + y);
      dot.style.left = `${(axes?.xaxis?._offset ?? 0) + x}px`;
      dot.style.top = `${(axes?.yaxis?._offset ?? 0) + y}px`;
    });
  }
}
