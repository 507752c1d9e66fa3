// A chart: drawn once by plotly.js, then only its numbers move.

import { namesOf } from "./contents.js";
import { Handles } from "./handles.js";
import { plotly } from "./library.js";
import { written } from "./numbers.js";
import { watchPrint } from "./print.js";
import { Sheet } from "./sheet.js";
import { coloured, enlarged, isPresented, theme } from "./theme.js";
import { leaf, merged, put } from "./trees.js";

/** @import { HandleSpec } from "./handles.js" */
/** @import { LayoutChanges } from "./messages.js" */
/** @import { Row } from "./rows.js" */
/** @import { Store } from "./store.js" */
/** @import { Tree } from "./trees.js" */

/**
 * What LiveChart writes as its spec.
 * @typedef {object} ChartSpec
 * @property {PlotlyTrace[]} data
 * @property {Tree & { meta?: { narrow?: Tree } }} layout
 * @property {string} label for a screen reader
 * @property {Record<string, string>} texts "trace/attribute" -> the format of its numbers
 * @property {HandleSpec[]} handles points that a hand can drag
 */

/** @typedef {Record<string, PlotlyValues[]>} Update by attribute, one entry a trace, as plotly's restyle takes it */

const NARROW_PX = 560;
const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false };

/** A plotly chart that follows the picture. */
export class Chart {
  /**
   * @param {PartModel} model
   * @param {HTMLElement} el
   * @param {Store} store
   */
  constructor(model, el, store) {
    this.store = store;
    this.key = model.get("key");
    /** @type {ChartSpec} */
    this.spec = JSON.parse(model.get("spec"));
    /** @type {Map<string, PlotlyValues>} */
    this.current = new Map(); // "trace/attribute" -> what is on the page, for a change of theme
    /** @type {LayoutChanges} */
    this.moved = {}; // the layout's changes at rest, as a tree
    this.columns = this.spec.data.flatMap((trace, i) =>
      Object.keys(trace).map((name) => ({ i, name, key: `${this.key}/${i}/${name}` })),
    );
    const frame = el.appendChild(document.createElement("div"));
    /** @type {HTMLDivElement & PlotlyFigure} */
    this.plot = frame.appendChild(document.createElement("div"));
    this.plot.className = `hw-plot hw-plot-${this.key}`;
    this.plot.setAttribute("role", "img");
    this.plot.setAttribute("aria-label", this.spec.label);
    const names = namesOf(this.spec.data).join(", ");
    if (names) this.plot.setAttribute("aria-description", `Lines or bars: ${names}`);
    this.plot.innerHTML = '<div class="hw-drawing" role="status">Drawing the chart…</div>';
    /** @type {PlotlyLibrary | null} */
    this.library = null;
    this.handles = new Handles(this, store, frame, this.spec.handles);
    this.sheet = new Sheet(this, el);
    this.width = 0;
    this.height = 0;
    this.resizing = 0;
    this.isHidden = false;
    this.isLate = false;
    this.removed = false;
    this.redraw = () => void this.draw("react");
  }

  async start() {
    try {
      this.library = await plotly(this.store.live);
    } catch (error) {
      this.offerAgain(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.removed) return;
    this.plot.replaceChildren();
    await this.draw("newPlot");
    this.resize = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = this.plot;
      if (!width || !height || (width === this.width && height === this.height)) return;
      cancelAnimationFrame(this.resizing);
      this.resizing = requestAnimationFrame(() => !this.removed && this.redraw());
    });
    this.resize.observe(this.plot);
    this.sight = new IntersectionObserver((entries) => {
      this.isHidden = !entries[entries.length - 1].isIntersecting;
      if (!this.isHidden && this.isLate) this.redraw();
    });
    this.sight.observe(this.plot);
    document.addEventListener("hw-scheme", this.redraw);
    watchPrint();
  }

  /** @param {string} reason */
  offerAgain(reason) {
    this.plot.textContent = `The chart library did not load (${reason}). `;
    const again = this.plot.appendChild(document.createElement("button"));
    again.textContent = "Try again";
    again.className = "hw-button";
    again.onclick = () => this.start();
  }

  /** @param {"newPlot" | "react"} how */
  async draw(how) {
    this.isLate = false;
    const colours = this.store.settings.palette[theme()];
    const { clientWidth: width, clientHeight: height } = this.plot;
    [this.width, this.height] = [width, height];
    const { data, layout } = this.drawn(width < NARROW_PX ? this.spec.layout.meta?.narrow : {});
    const [lines, frame] = [data, layout].map((part) => coloured(isPresented() ? enlarged(part) : part, colours));
    await this.library?.[how](this.plot, lines, { .../** @type {object} */ (frame), width, height }, { ...CONFIG });
    this.handles.place();
  }

  /**
   * The chart as plotly's data and layout, with the numbers of now.
   * @param {Tree} [changes] of a narrow layout
   */
  drawn(changes = {}) {
    const data = this.spec.data.map((trace) => ({ ...trace }));
    for (const { i, name, key } of this.columns) if (this.current.has(key)) data[i][name] = this.current.get(key);
    return { data, layout: merged(merged(structuredClone(this.spec.layout), changes), this.moved) };
  }

  now() {
    return { ...this.spec, ...this.drawn() };
  }

  /**
   * @param {Row} row
   * @param {boolean} isExact
   */
  paint(row, isExact) {
    const { update, traces } = this.taken(row);
    if (isExact) this.sheet.follow();
    if (!traces.length || !this.library || !this.plot.data) return;
    // A chart out of sight is drawn at rest, or when it comes into sight: a page of many follows the hand all the same.
    this.isLate = this.isHidden && !isExact;
    if (this.isLate) return;
    if (isExact || !this.step(update, traces)) this.library.restyle(this.plot, update, traces);
    this.handles.place();
  }

  /**
   * Keep a row's values, and return them as plotly's restyle takes them.
   * @param {Row} row
   */
  taken(row) {
    /** @type {Update} */
    const update = {};
    /** @type {number[]} */
    const traces = [];
    for (const { i, name, key } of this.columns) {
      const numbers = row(key);
      if (numbers === undefined) continue;
      const format = this.spec.texts[`${i}/${name}`];
      const values = format ? written(numbers, this.store.settings.formats[format]) : numbers;
      this.current.set(key, values);
      let place = traces.indexOf(i);
      if (place < 0) place = traces.push(i) - 1;
      update[name] ??= [];
      update[name][place] = values;
    }
    for (const values of Object.values(update)) values.length = traces.length;
    return { update, traces };
  }

  /**
   * A step moves numbers only. Plotly.restyle would derive every default and draw every axis anew, two thirds of its
   * time, so a step goes through the parts of it that draw data. At rest, and where a version of plotly.js has other
   * parts, restyle itself does it; a test holds both pictures equal.
   * @param {Update} update
   * @param {number[]} traces
   * @returns {boolean} whether the step is drawn
   */
  step(update, traces) {
    const { _fullData: full, _fullLayout: layout, data, calcdata } = this.plot;
    const subplot = layout?._plots?.xy;
    const kinds = layout?._modules;
    if (!subplot || !full || !data || !calcdata || full.length !== data.length) return false;
    if (!kinds?.every((kind) => kind.calc && kind.plot && kind.style)) return false;
    if (layout._basePlotModules?.length !== 1) return false;
    for (const [name, values] of Object.entries(update)) {
      values.forEach((value, k) => {
        full[traces[k]][name] = value;
        data[traces[k]][name] = value;
      });
    }
    for (const i of traces) {
      const points = full[i]._module.calc?.(this.plot, full[i]) ?? [];
      points[0].t ??= {};
      points[0].trace = full[i];
      calcdata[i] = points;
    }
    for (const kind of kinds) kind.crossTraceCalc?.(this.plot, subplot);
    layout._basePlotModules[0].plot(this.plot);
    for (const kind of kinds) kind.style?.(this.plot);
    return true;
  }

  /**
   * The layout of the picture at rest.
   * @param {LayoutChanges | undefined} changes
   */
  rest(changes) {
    if (!changes) return;
    const flat = Object.entries(changes);
    /** @param {string} key */
    const present = (key) => leaf(this.moved, key) ?? leaf(this.spec.layout, key);
    if (flat.every(([key, value]) => JSON.stringify(present(key)) === JSON.stringify(value))) return;
    this.moved = {};
    for (const [key, value] of flat) put(this.moved, key, value);
    this.sheet.follow();
    if (this.library && this.plot.data) this.redraw();
  }

  remove() {
    this.removed = true;
    this.resize?.disconnect();
    this.sight?.disconnect();
    document.removeEventListener("hw-scheme", this.redraw);
    if (this.library && this.plot.data) this.library.purge(this.plot);
  }
}
