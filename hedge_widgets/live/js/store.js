// The store of a page: it owns tables and stamps, has the kernel asked where it has no row, and the parts painted.

import { Boxes } from "./boxes.js";
import { keepPicture, watchAddress, watchComm, watchKernel } from "./kernel.js";
import { Questions, REST_MS } from "./questions.js";
import { fits, placeOf, rowOf, same, tableOf } from "./rows.js";
import { adoptControls, controlsOf, describeSlider, foresee, keyOf } from "./sliders.js";
import { followTheme } from "./theme.js";

/** @import { ExactMessage, FromKernel, LayoutChanges } from "./messages.js" */
/** @import { Part } from "./render.js" */
/** @import { Row, Shown, Table } from "./rows.js" */

const FRAME_MS = 14;

/** One page's tables and stamps; charts and texts subscribe to it. */
export class Store {
  /**
   * @param {LiveModel} live
   * @param {string} id its model's
   * @param {Document | ShadowRoot} root where the page stands
   */
  constructor(live, id, root) {
    this.live = live;
    this.id = id;
    this.root = root;
    this.names = live.get("names");
    this.positions = live.get("positions");
    this.units = live.get("units");
    this.settings = live.get("settings");
    this.revision = live.get("revision");
    this.boxes = new Boxes(this);
    this.questions = new Questions(this);
    /** @type {Slider[]} */
    this.sliders = [];
    /** @type {Control[]} */
    this.others = [];
    /** @type {Map<number, SliderTrack>} */
    this.tracks = new Map(); // of the adopted sliders
    /** @type {Map<number, Table>} */
    this.tables = new Map();
    /** @type {Set<Part>} */
    this.parts = new Set();
    /** @type {Record<string, LayoutChanges> | null} */
    this.layouts = null; // of the picture on the page, until the hand lets go
    this.void = false; // a control that is not a slider moved; the kernel has not answered yet
    /** @type {Shown} */
    this.shown = { revision: this.revision, at: [], from: "spec" }; // the stamp of the picture on the page
    /** @type {(Shown & { row: Row }) | null} */
    this.next = null;
    this.frame = 0;
    this.painted = 0;
    this.ended = false;
    this.isPicture = false; // there never was a kernel here
    this.ready = this.start();
  }

  async start() {
    followTheme();
    const { live } = this;
    [this.sliders, this.others] = await Promise.all([controlsOf(live, "sliders"), controlsOf(live, "others")]);
    this.shown = { revision: this.revision, at: this.at(), from: "spec" };
    this.sliders.forEach((slider, i) => {
      slider.on(`change:${keyOf(slider)}`, () => this.moved(i));
    });
    for (const other of this.others) other.on("change", () => this.changed(other));
    live.on("msg:custom", (message, buffers) => this.heard(message, buffers));
    live.on("change:refusal", () => this.boxes.refused(live.get("refusal")));
    live.on("change:revision", () => this.newRevision(live.get("revision")));
    watchKernel(this, live.widget_manager?.kernel);
    watchComm(this);
    watchAddress(live);
    adoptControls(this);
  }

  /** What is typed and not judged yet; tests wait for it. */
  get typing() {
    return this.boxes.typing;
  }

  /** Where the sliders are, each in its own unit. */
  at() {
    return this.sliders.map((slider, i) =>
      keyOf(slider) === "index" ? (this.positions[i][slider.get("index")] ?? Number.NaN) : slider.get("value"),
    );
  }

  /**
   * A hand moved a control that is no slider.
   * @param {Control} model
   */
  changed(model) {
    if (model._state_lock) return; // the kernel's own doing: it comes with a new revision, before or after this
    const keys = Object.keys(model.changedAttributes?.() || {});
    if (!keys.some((key) => ["value", "index", "rows"].includes(key))) return;
    this.questions.restNow();
    this.void = true;
  }

  /**
   * A hand, or the kernel, moved slider i.
   * @param {number} i
   */
  moved(i) {
    const at = this.at();
    if (same(at, (this.next ?? this.shown).at)) return;
    if (!this.tracks.has(i) && this.find(i)) return; // the slider's own rounding, before it was adopted
    this.questions.last = i;
    this.layouts = null;
    this.boxes.forget();
    const row = this.row(i, at);
    if (row) this.show(row, at, "table");
    else this.questions.ask();
    this.questions.restSoon();
    this.describe(i);
  }

  /**
   * The row of slider i's table for these positions, null where only the kernel knows.
   * @param {number} i
   * @param {number[]} at
   */
  row(i, at) {
    const table = this.tables.get(i);
    if (!table || this.void || table.revision !== this.revision || !fits(table, at, i)) return null;
    const place = placeOf(this.positions[i], at[i]);
    return place === undefined ? null : rowOf(table, place);
  }

  /**
   * Paint now if the last painting is a frame ago, else at the next frame with what is newest then.
   * @param {Row} row
   * @param {number[]} at
   * @param {"table" | "exact"} from
   */
  show(row, at, from) {
    this.next = { row, at, from, revision: this.revision };
    if (this.frame) return;
    if (performance.now() - this.painted > FRAME_MS) this.paint();
    else this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.next) return;
    const { row, at, from, revision } = this.next;
    this.painted = performance.now();
    // Charts first: plotly measures the page, and would lay out anew what a text has just changed.
    for (const part of this.parts) if (part.plot) part.paint(row, from === "exact");
    for (const part of this.parts) if (!part.plot) part.paint(row, from === "exact");
    this.shown = { revision, at, from };
  }

  rest() {
    this.questions.rest();
  }

  /**
   * @param {FromKernel} message
   * @param {Buffer[]} buffers
   */
  heard(message, buffers) {
    this.questions.answered();
    if (message.kind === "taken") this.boxes.taken(message);
    if (message.kind === "told") this.questions.told(message.count);
    if (message.kind !== "table" && message.kind !== "exact") return;
    if (message.revision > this.revision) this.newRevision(message.revision);
    if (message.revision !== this.revision) return;
    const table = tableOf(message, buffers[0]);
    if (message.kind === "table") this.tables.set(this.names.indexOf(message.slider), table);
    if (message.kind === "table") foresee(this, this.names.indexOf(message.slider));
    else this.heardExact(message, rowOf(table, 0));
  }

  /**
   * @param {ExactMessage} message
   * @param {Row} row
   */
  heardExact(message, row) {
    this.questions.asking = false;
    const at = this.at();
    const isHere = same(message.at, at);
    if (message.why === "refresh") this.questions.refreshed(isHere);
    if (!isHere) {
      // The hand has moved on: no flicker back. Whoever has no row for where it is now asks again.
      if (!this.next || !same(this.next.at, at)) this.questions.ask();
      return;
    }
    this.show(row, at, "exact");
    this.questions.wantNear();
    if (message.why === "ask") return;
    this.layouts = message.layouts;
    if (!window.__hedgeHeld) this.released();
  }

  /** Axes move when the hand has let go, never under it. */
  released() {
    const { layouts } = this;
    if (layouts) for (const part of this.parts) part.rest?.(layouts[part.key ?? ""]);
    this.layouts = null;
    keepPicture(this);
  }

  /** @param {number} revision */
  newRevision(revision) {
    this.void = false;
    if (revision === this.revision) return;
    this.revision = revision;
    this.next = null;
    this.layouts = null;
    this.tables.clear();
    this.questions.revised();
    setTimeout(() => this.questions.wantNear(), REST_MS);
  }

  /** The socket is back; what was sent while it was down is lost. */
  reconnected() {
    this.quiet(false);
    this.questions.forget();
    if (!same(this.shown.at, this.at())) this.rest();
  }

  end() {
    if (this.ended) return;
    this.ended = true;
    for (const part of this.parts) part.ended?.();
  }

  /** @param {boolean} isQuiet */
  quiet(isQuiet) {
    for (const part of this.parts) part.quiet?.(isQuiet);
  }

  /** @param {number} i */
  classOf(i) {
    return `.hw-live-${this.id}.hw-slider-${this.names[i]}`;
  }

  /** @param {number} i */
  find(i) {
    return this.root.querySelector(this.classOf(i));
  }

  /** @param {number} i */
  describe(i) {
    const root = this.find(i);
    if (root) describeSlider(root, this.units[i]);
  }
}
