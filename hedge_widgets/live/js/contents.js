// What a chart draws, as the words and numbers of a table.

import { formatted } from "./numbers.js";

/** @import { NumberFormat } from "./messages.js" */

/**
 * What a layout's meta says of the table (plots.as_table): each axis in words with its number format, and the first of
 * counted days, where a calendar is made up.
 * @typedef {{ x: [string, string], y: [string, string], from?: number | null }} Axes
 */
/** @typedef {{ type?: string, title?: { text?: string }, tickvals?: number[], ticktext?: string[] }} DrawnAxis */
/** @typedef {{ xaxis: DrawnAxis, yaxis: DrawnAxis, meta: { table: Axes } }} DrawnLayout */

/**
 * A trace as far as the table reads it.
 * @typedef {object} Drawn
 * @property {string} type
 * @property {string} [mode]
 * @property {string} [name] its column; traces of one name share it
 * @property {string | string[]} [meta] the words that stand beside the rows it marks
 * @property {(string | null)[]} [customdata] the columns in which its points are the exact numbers
 * @property {PlotlyValues} x
 * @property {PlotlyValues} y
 * @property {string[]} [text]
 * @property {{ shape?: string }} [line]
 */
/** @typedef {{ x: number, y: unknown }} Point */
/** @typedef {{ title: string, head: string[], rows: string[][], note: string }} Contents */
/** @typedef {Record<string, NumberFormat>} Formats */

const N_ALL = 75; // so many points are shown as they are; of more
const N_ROWS = 61;
const N_FEW = 12; // a line of fewer points is straight between them: rows are put in
const N_PUT = 17;
const DAY_MS = 86_400_000;
const NONE = "—";

/** @type {(a: unknown, b: number) => boolean} whether two places are one, but for rounding */
const isAt = (a, b) => isNumber(a) && Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));

/**
 * Words of a chart on one line; a hyphen that only a line's end asks for stands before a space of no width.
 * @param {string} words
 */
const unmarked = (words) =>
  words
    .replace(/-\u200b<br>/g, "")
    .replace(/-<br>/g, "-")
    .replace(/<br>/g, " ");

/**
 * @param {unknown} value
 * @returns {value is number}
 */
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/**
 * @template Item
 * @param {Item[]} items
 * @returns {Item[]} those of a table, evenly taken
 */
function thinned(items) {
  if (items.length <= N_ALL) return items;
  const step = (items.length - 1) / (N_ROWS - 1);
  return Array.from({ length: N_ROWS }, (_, k) => items[Math.round(k * step)]);
}

/**
 * @param {Drawn} trace
 * @returns {Point[]} those that have a place
 */
function pointsOf({ x, y }) {
  const points = Array.from(x, (place, k) => ({ x: place, y: y[k] }));
  return /** @type {Point[]} */ (points.filter((point) => isNumber(point.x)));
}

/** @param {{ name?: unknown }[]} data */
export const namesOf = (data) => [...new Set(data.map(({ name }) => String(name ?? "")))].filter(Boolean);

/**
 * Cells of colour: a row for each place up, a column for each place across, as they are written.
 * @param {Drawn} trace
 * @param {DrawnLayout} layout
 * @returns {Contents}
 */
function sheetOfCells({ x, y, text = [] }, { xaxis, yaxis }) {
  const rows = (yaxis.tickvals ?? []).map((down, k) => [
    unmarked(yaxis.ticktext?.[k] ?? ""),
    ...(xaxis.tickvals ?? []).map((across) => {
      const place = text.findIndex((_, i) => isAt(x[i], across) && isAt(y[i], down));
      return text[place] || NONE;
    }),
  ]);
  return { title: xaxis.title?.text ?? "", head: ["", ...(xaxis.ticktext ?? [])], rows, note: "" };
}

/**
 * Bars: a row for each, by its name on the axis.
 * @param {Drawn[]} data
 * @param {DrawnLayout} layout
 * @param {Formats} formats
 * @returns {Contents}
 */
function sheetOfBars(data, layout, formats) {
  const { table } = layout.meta;
  const [along, across] =
    table.x[1] === "names" ? /** @type {const} */ (["x", "y"]) : /** @type {const} */ (["y", "x"]);
  const { tickvals = [], ticktext = [] } = layout[`${along}axis`];
  const rule = formats[table[across][1]];
  const names = namesOf(data);
  /** @type {(name: string, tick: number) => string} */
  const cell = (name, tick) => {
    const words = data.flatMap((trace) => {
      if (trace.name !== name) return [];
      return Array.from(trace[along], (place, k) => {
        if (!isAt(place, tick)) return "";
        return trace.text?.[k] ?? (isNumber(trace[across][k]) ? formatted(trace[across][k], rule) : "");
      });
    });
    return words.filter(Boolean).join(" to ") || NONE;
  };
  const rows = tickvals.map((tick, k) => [unmarked(ticktext[k] ?? ""), ...names.map((name) => cell(name, tick))]);
  return { title: table[across][0], head: [table[along][0], ...names], rows, note: "" };
}

/** @param {Point[]} points */
const isAscending = (points) => points.every((point, k) => !k || point.x >= points[k - 1].x);

/** @param {DrawnAxis} axis */
const scaleOf = ({ type }) =>
  type === "log" ? { to: Math.log10, from: (/** @type {number} */ v) => 10 ** v } : { to: Number, from: Number };

/**
 * How high a trace is drawn at a place: at its own points (two, where it jumps), else on its line between them.
 * @param {Drawn} trace
 * @param {Point[]} points
 * @param {number} x
 * @param {DrawnLayout} layout
 * @returns {number[]}
 */
export function heightsAt({ mode = "", line }, points, x, { xaxis, yaxis }) {
  const own = points.filter((point) => isAt(point.x, x));
  if (own.length) return own.map(({ y }) => y).filter(isNumber);
  const next = points.findIndex((point) => point.x > x);
  if (!mode.includes("lines") || !isAscending(points) || next < 1) return [];
  const [a, b] = [points[next - 1], points[next]];
  if (!isNumber(a.y) || !isNumber(b.y)) return [];
  if (line?.shape === "hv") return [a.y];
  const [across, up] = [scaleOf(xaxis), scaleOf(yaxis)];
  const share = (across.to(x) - across.to(a.x)) / (across.to(b.x) - across.to(a.x));
  return [up.from(up.to(a.y) + share * (up.to(b.y) - up.to(a.y)))];
}

/**
 * The words beside rows, by their place.
 * @param {Drawn[]} data
 */
function marksIn(data) {
  /** @type {Map<number, Set<string>>} */
  const marks = new Map();
  for (const { meta, x, y } of data) {
    if (!meta) continue;
    for (const [k, place] of Array.from(x).entries()) {
      if (!isNumber(place) || !isNumber(y[k])) continue;
      if (!marks.has(place)) marks.set(place, new Set());
      marks.get(place)?.add(typeof meta === "string" ? meta : meta[k]);
    }
  }
  return marks;
}

/**
 * What marks say of a column at a place: between its points a curve is drawn straight, and they lie on it.
 * @type {(data: Drawn[], name: string, x: number) => number[]}
 */
const exactAt = (data, name, x) =>
  data.flatMap(({ customdata = [], x: places, y }) =>
    customdata.flatMap((column, k) => (column === name && isAt(places[k], x) && isNumber(y[k]) ? [y[k]] : [])),
  );

/** @type {(marks: Map<number, Set<string>>, x: number) => Set<string>} */
const wordsAt = (marks, x) => new Set([...marks].flatMap(([place, words]) => (isAt(place, x) ? [...words] : [])));

/**
 * The places of the rows: those of the line of most points, thinned, and more in a line of few; and those of a line that
 * turns back, which has no height between its points.
 * @param {Drawn[]} named
 * @param {DrawnLayout} layout
 */
function placesOf(named, { xaxis }) {
  const [most = [], ...others] = named.map(pointsOf).sort((one, other) => other.length - one.length);
  const own = most.map(({ x }) => x);
  const turning = others.filter((points) => !isAscending(points));
  const taken = [...thinned(own), ...turning.flatMap(thinned).map(({ x }) => x)];
  if (own.length >= N_FEW || !own.length) return { places: taken, n: own.length };
  const { to, from } = scaleOf(xaxis);
  const [low, high] = [to(Math.min(...own)), to(Math.max(...own))];
  const put = Array.from({ length: N_PUT }, (_, k) => from(low + (k / (N_PUT - 1)) * (high - low)));
  return { places: [...taken, ...put.slice(1, -1)], n: own.length };
}

/**
 * Lines and points: a row for each place across.
 * @param {Drawn[]} data
 * @param {DrawnLayout} layout
 * @param {Formats} formats
 * @returns {Contents}
 */
function sheetOfLines(data, layout, formats) {
  const { x: across, y: up, from } = layout.meta.table;
  const named = data.filter(({ name }) => name);
  const marks = marksIn(data);
  const { places, n } = placesOf(named, layout);
  const names = namesOf(named);
  const drawn = named.map((trace) => ({ trace, points: pointsOf(trace) }));
  /** @param {number} x */
  const written = (x) => {
    if (layout.xaxis.type !== "date") return formatted(x, formats[across[1]]);
    const day = Math.round((x - (from ?? 0)) / DAY_MS) + 1;
    return isNumber(from) ? day.toLocaleString("en-US") : new Date(x).toISOString().slice(0, 10);
  };
  /** @type {(name: string, x: number) => string} */
  const cell = (name, x) => {
    const own = drawn.filter(({ trace }) => trace.name === name);
    const exact = exactAt(data, name, x);
    const heights = exact.length ? exact : own.flatMap(({ trace, points }) => heightsAt(trace, points, x, layout));
    return [...new Set(heights.map((y) => formatted(y, formats[up[1]])))].join(", then ") || NONE;
  };
  const rows = [...places, ...marks.keys()]
    .sort((a, b) => a - b)
    .filter((x, k, all) => !k || !isAt(all[k - 1], x))
    .map((x) => [[written(x), ...wordsAt(marks, x)].join(", "), ...names.map((name) => cell(name, x))]);
  const note = n > N_ALL ? `${N_ROWS} of ${n.toLocaleString("en-US")} points, evenly taken` : "";
  return { title: up[0], head: [across[0], ...names], rows, note };
}

/**
 * What the table of a chart says.
 * @param {Drawn[]} data
 * @param {DrawnLayout} layout
 * @param {Formats} formats
 */
export function sheetOf(data, layout, formats) {
  const cells = data.find(({ type }) => type === "heatmap");
  if (cells) return sheetOfCells(cells, layout);
  const { x, y } = layout.meta.table;
  return [x[1], y[1]].includes("names") ? sheetOfBars(data, layout, formats) : sheetOfLines(data, layout, formats);
}
