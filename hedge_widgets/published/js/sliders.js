// The sliders of a saved page: which of them go together, what is typed beside them, and the address that holds them.

import { placeIn } from "./answers.js";

/** @import { SavedLattice } from "./answers.js" */
/** @import { Model } from "./models.js" */

/** @typedef {Record<string, unknown> & { sliders?: Record<string, unknown> }} PageState */

// As model/typed.py reads it: a comma parts thousands, and nothing else.
const NUMBER = /^[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)$/;

/** @param {Model} slider */
const keyOf = (slider) => (slider.has("index") ? "index" : "value");

/** All sliders of a saved page. */
export class SavedSliders {
  /**
   * @param {Model} live
   * @param {SavedLattice[]} lattices
   * @param {PageState} state as it was saved
   * @param {boolean} isFirst whether the kernel's own page follows, which knows every combination
   */
  constructor(live, lattices, state, isFirst) {
    this.isFirst = isFirst;
    this.live = live;
    this.state = state;
    this.names = /** @type {string[]} */ (live.get("names"));
    this.start = /** @type {number[]} */ (live.get("start"));
    this.places = /** @type {number[][]} */ (live.get("positions"));
    const ids = /** @type {string[]} */ (live.get("sliders"));
    this.models = ids.map((id) => live.widget_manager.at(id));
    this.groups = this.names.map((name) => lattices.findIndex(({ axes }) => axes.includes(name)));
    this.isMending = false;
    this.alone = -1; // the slider that was said to move alone
    this.models.forEach((slider, i) => {
      slider.state.places = this.places[i];
      slider.on(`change:${keyOf(slider)}`, () => this.moved(i));
    });
  }

  /** Where the sliders are, each in its own unit. */
  at() {
    return this.models.map((slider, i) =>
      slider.has("index") ? this.places[i][Number(slider.get("index"))] : Number(slider.get("value")),
    );
  }

  /**
   * @param {number} i
   * @param {number} place the number of one of its places
   */
  put(i, place) {
    const slider = this.models[i];
    slider.set(keyOf(slider), slider.has("index") ? place : this.places[i][place]);
  }

  /**
   * A slider that moves alone takes every other one back to where the page opened, and so does any move beside it.
   * @param {number} i
   */
  moved(i) {
    if (this.isMending || this.isFirst) return;
    this.isMending = true;
    const at = this.at();
    const strays = this.names.filter((_name, k) => {
      if (k === i || this.groups[k] === this.groups[i] || placeIn([this.start[k]], at[k]) === 0) return false;
      this.put(k, placeIn(this.places[k], this.start[k]));
      return true;
    });
    this.isMending = false;
    if (strays.length) {
      // A row of a table holds what its slider moves; here all others have moved too.
      this.live.send({ kind: "ask", at: this.at() });
      this.alone = i;
      const name = this.models[i].get("description");
      this.live.set("notice", `In a saved page “${name}” moves on its own, so the other sliders went back.`);
    } else if (i !== this.alone) this.live.set("notice", "");
  }

  /**
   * What was typed into a slider's box: the nearest place that the page holds, or a refusal.
   * @param {string} control
   * @param {string} text
   */
  typed(control, text) {
    const i = this.names.indexOf(control.replace(/^slider-/, ""));
    const bare = text.replace("−", "-").replace(/\s*[%×x]?$/, "");
    const value = NUMBER.test(bare) ? Number(bare.replaceAll(",", "")) : Number.NaN;
    const places = this.places[i] ?? [];
    if (!(value >= places[0] && value <= places[places.length - 1])) {
      const rule = `must be ${places[0]} to ${places[places.length - 1]}, not “${text.slice(0, 20)}”`;
      const said = {
        control,
        text: `${this.models[i]?.get("description")} ${rule}.`,
        typed: text,
        count: performance.now(),
      };
      this.live.set("refusal", said);
      return;
    }
    const nearest = places.reduce(
      (best, place, k) => (Math.abs(place - value) < Math.abs(places[best] - value) ? k : best),
      0,
    );
    this.put(i, nearest);
    this.live.set("refusal", {});
    const remark =
      placeIn([places[nearest]], value) === 0
        ? ""
        : `The nearest place that this saved page holds is ${places[nearest]}.`;
    this.live.say("msg:custom", { kind: "taken", control, text: remark }, []);
  }

  /** The page's state as an address holds it, "" where it is as it was saved. */
  address() {
    const at = this.at();
    const moved = this.names.flatMap((name, i) => (placeIn([this.start[i]], at[i]) === 0 ? [] : [[name, at[i]]]));
    const sliders = { ...this.state.sliders, ...Object.fromEntries(moved) };
    return moved.length ? encodeURIComponent(JSON.stringify({ ...this.state, sliders })) : "";
  }

  /**
   * Show what an address says of the sliders, as far as the page holds it.
   * @param {string} hash
   * @returns {boolean} whether that is all it says
   */
  arrive(hash) {
    const text = hash.match(/^#1=(.+)/s)?.[1];
    if (!text) return true;
    /** @type {PageState | null} */
    let said = null;
    try {
      said = JSON.parse(decodeURIComponent(text));
    } catch {
      // what is no state is not shown
    }
    const isOfAll = said?.page === this.state.page;
    if (!said || typeof said !== "object" || !(isOfAll || Object.keys(said).join() === "sliders")) return false;
    const asked = said.sliders && typeof said.sliders === "object" ? said.sliders : {};
    const places = this.names.map((name, i) => placeIn(this.places[i], Number(asked[name] ?? this.start[i])));
    const isSame = ["example", "controls", "kept", "book"].every(
      (part) => !isOfAll || JSON.stringify(said?.[part]) === JSON.stringify(this.state[part]),
    );
    if (!isSame || places.includes(-1)) return false;
    places.forEach((place, i) => {
      this.put(i, place);
    });
    return this.at().every((value, i) => placeIn([this.places[i][places[i]]], value) === 0);
  }
}
