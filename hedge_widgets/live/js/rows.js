// Rows of a slider's table: which one belongs to a position, and what stands in it (codec.py).

/** @import { Column, ExactMessage, TableMessage } from "./messages.js" */

/**
 * A message with its bytes and its columns by key.
 * @typedef {object} Table
 * @property {number} revision
 * @property {number[]} at
 * @property {ArrayBuffer} block
 * @property {Map<string, Column>} columns
 */

/**
 * A column's values in one row, undefined where the table has no such column.
 * @typedef {(key: string) => Float64Array | undefined} Row
 */

/**
 * What is on the page, and where it came from: the first spec, a table's row, or the kernel.
 * @typedef {{ revision: number, at: number[], from: "spec" | "table" | "exact" }} Shown
 */

const MISSING = -32768;

/**
 * Whether two lists of positions are the same, but for rounding on their way.
 * @param {number[]} a
 * @param {number[]} b
 */
export const same = (a, b) => a.every((value, i) => Math.abs(value - b[i]) <= 1e-9 * Math.max(1, Math.abs(b[i])));

/**
 * What a table of slider i belongs to: the revision and the positions of the other sliders.
 * @param {number} revision
 * @param {number[]} at
 * @param {number} i
 */
export function stampOf(revision, at, i) {
  return JSON.stringify([revision, at.map((value, k) => (k === i ? null : value))]);
}

/**
 * Whether a table of slider i belongs to these positions.
 * @param {Table} table
 * @param {number[]} at
 * @param {number} i
 */
export const fits = (table, at, i) => at.every((value, k) => k === i || same([value], [table.at[k]]));

/**
 * The number of the position at a value; undefined between two, which the kernel answers.
 * @param {number[]} places ascending
 * @param {number} value
 */
export function placeOf(places, value) {
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] < value) low = middle + 1;
    else high = middle;
  }
  const slack = 1e-6 * Math.max(1e-6, Math.abs(places[1] - places[0]));
  return [low, low - 1].find((k) => k >= 0 && Math.abs(places[k] - value) <= slack);
}

/**
 * @param {TableMessage | ExactMessage} message
 * @param {Buffer} raw
 * @returns {Table}
 */
export function tableOf({ revision, at, columns }, raw) {
  const block = "buffer" in raw ? raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) : raw;
  return { revision, at, block, columns: new Map(columns.map((column) => [column.key, column])) };
}

/**
 * A row of a table.
 * @param {Table} table
 * @param {number} index
 * @returns {Row}
 */
export function rowOf(table, index) {
  return (key) => {
    const column = table.columns.get(key);
    if (!column) return undefined;
    const { length, kind, scale, offset } = column;
    if (kind === "f8") return new Float64Array(table.block, offset + 8 * length * index, length);
    const steps = new Int16Array(table.block, offset + 2 * length * index, length);
    const values = new Float64Array(length);
    for (let k = 0; k < length; k++) values[k] = steps[k] === MISSING ? Number.NaN : steps[k] * scale;
    return values;
  };
}
