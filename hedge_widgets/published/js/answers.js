// Answers in the kernel's place: the pictures that a saved page holds, in the messages that the live module knows.

/** @import { Model } from "./models.js" */

/** @typedef {{ key: string, length: number, kind: "i2" | "f4", scale: number, offset: number, along: number[] }} SavedColumn */
/** @typedef {{ axes: string[], places: number[][], columns: SavedColumn[], start: number }} SavedLattice */

/** @typedef {{ lattice: SavedLattice, column: SavedColumn }} Found */

const MISSING = -32768;

/**
 * Where a value lies among places; below 0 between two of them.
 * @param {number[]} places
 * @param {number} value
 */
export const placeIn = (places, value) =>
  places.findIndex((place) => Math.abs(place - value) <= 1e-9 * Math.max(1, Math.abs(place)));

/**
 * One column's values at a state of a lattice.
 * @param {SavedLattice} lattice
 * @param {SavedColumn} column
 * @param {ArrayBuffer} block
 * @param {number[]} state the place on every axis
 * @param {Float64Array} into
 * @param {number} at where to write
 */
export function readColumn(lattice, column, block, state, into, at) {
  const index = column.along.reduce((sum, axis) => sum * lattice.places[axis].length + state[axis], 0);
  const { length, kind, scale } = column;
  const begin = lattice.start + column.offset;
  if (kind === "f4") {
    into.set(new Float32Array(block, begin + 4 * length * index, length), at);
    return;
  }
  const steps = new Int16Array(block, begin + 2 * length * index, length);
  for (let k = 0; k < length; k++) into[at + k] = steps[k] === MISSING ? Number.NaN : steps[k] * scale;
}

/**
 * What the tables hold, from how it differs from its neighbours: lattice.py says how.
 * @param {SavedLattice[]} lattices
 * @param {ArrayBuffer} written
 */
export function addedUp(lattices, written) {
  const block = written.slice(0);
  /** @type {Set<number>} */
  const done = new Set();
  for (const { places, columns, start } of lattices) {
    for (const { along, length, kind, offset } of columns) {
      const begin = start + offset;
      if (done.has(begin)) continue; // columns share what is the same
      done.add(begin);
      const size = along.reduce((product, axis) => product * places[axis].length, length);
      const whole = kind === "f4" ? new Uint32Array(block, begin, size) : new Uint16Array(block, begin, size);
      const run = length * places[along[along.length - 1]].length;
      for (let k = length; k < size; k++) if (k % run >= length) whole[k] += whole[k - length];
      for (let k = 1; k < size; k++) if (k % length) whole[k] += whole[k - 1];
    }
  }
  return block;
}

/** Answers the live object of a saved page. */
export class Answers {
  /**
   * @param {Model} live
   * @param {SavedLattice[]} lattices
   * @param {ArrayBuffer} tables
   * @param {Record<string, Record<string, unknown>>} axes by chart, the opening's ranges of those that move at rest
   */
  constructor(live, lattices, tables, axes) {
    this.live = live;
    this.lattices = lattices;
    this.block = addedUp(lattices, tables);
    this.names = /** @type {string[]} */ (live.get("names"));
    this.start = /** @type {number[]} */ (live.get("start"));
    this.axes = axes;
  }

  /**
   * What changes at rest: elsewhere the axes fit what is drawn, and back at the opening they are as they were.
   * @param {boolean} isOpening
   */
  layouts(isOpening) {
    const axesOf = (/** @type {Record<string, unknown>} */ ranges) =>
      Object.entries(ranges).flatMap(([key, range]) => {
        const fits = key.replace(/range$/, "autorange");
        return isOpening
          ? [
              [key, range],
              [fits, false],
            ]
          : [[fits, true]];
      });
    return Object.fromEntries(
      Object.entries(this.axes).map(([part, ranges]) => [part, Object.fromEntries(axesOf(ranges))]),
    );
  }

  /**
   * The lattice that reaches these positions.
   * @param {number[]} at
   * @param {string} [name] of a slider that shall be one of its axes
   */
  reaching(at, name) {
    return this.lattices.find(
      ({ axes, places }) =>
        (!name || axes.includes(name)) &&
        this.names.every((each, i) => {
          const axis = axes.indexOf(each);
          return axis < 0 ? placeIn([this.start[i]], at[i]) === 0 : placeIn(places[axis], at[i]) >= 0;
        }),
    );
  }

  /** @param {any} question */
  take(question) {
    const { kind, at, slider, count } = question;
    if (kind === "tell") this.live.say("msg:custom", { kind: "told", count });
    else if (kind === "table") this.table(slider, at);
    else if (kind === "ask" || kind === "rest") this.exact(kind, at);
  }

  /**
   * The table of a slider: what it moves, at each of its places.
   * @param {string} name
   * @param {number[]} at
   */
  table(name, at) {
    const lattice = this.reaching(at, name);
    if (!lattice) return;
    const axis = lattice.axes.indexOf(name);
    const found = lattice.columns.filter(({ along }) => along.includes(axis)).map((column) => ({ lattice, column }));
    this.send({ kind: "table", slider: name, at }, found, at, name);
  }

  /**
   * The whole picture: what no slider of the lattice moves is as it was saved, and another lattice holds it.
   * @param {string} why
   * @param {number[]} at
   */
  exact(why, at) {
    const reaching = this.reaching(at);
    if (!reaching) return;
    /** @type {Map<string, Found>} */
    const found = new Map();
    for (const lattice of [...this.lattices, reaching]) {
      for (const column of lattice.columns) found.set(column.key, { lattice, column });
    }
    const isOpening = at.every((value, i) => placeIn([this.start[i]], value) === 0);
    this.send({ kind: "exact", why, at, layouts: this.layouts(isOpening) }, [...found.values()], at);
  }

  /**
   * @param {object} message
   * @param {Found[]} found
   * @param {number[]} at
   * @param {string} [name] of a slider whose every place is a row; without it there is one row
   */
  send(message, found, at, name) {
    const nRows = name ? (found[0]?.lattice.places[found[0].lattice.axes.indexOf(name)].length ?? 0) : 1;
    const values = new Float64Array(found.reduce((sum, { column }) => sum + column.length, 0) * nRows);
    let begin = 0;
    const columns = found.map(({ lattice, column }) => {
      const { key, length } = column;
      const state = lattice.axes.map((axis, k) => placeIn(lattice.places[k], at[this.names.indexOf(axis)]));
      for (let row = 0; row < nRows; row++) {
        if (name) state[lattice.axes.indexOf(name)] = row;
        readColumn(lattice, column, this.block, state, values, begin + row * length);
      }
      const offset = 8 * begin;
      begin += length * nRows;
      return { key, length, kind: "f8", scale: 1, offset };
    });
    this.live.say("msg:custom", { ...message, columns, revision: this.live.get("revision") }, [values.buffer]);
  }
}
