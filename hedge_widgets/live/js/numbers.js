// Numbers as a person writes them: the same rules as style.formatted.

/** @import { NumberFormat } from "./messages.js" */

/** @type {Intl.NumberFormat[]} by digits after the point; to make one costs more than a step's numbers together */
const WRITERS = [];

/**
 * A number written by its format; a dash where there is none.
 * @param {number | null | undefined} value
 * @param {NumberFormat} rule
 * @returns {string}
 */
export function formatted(value, rule) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "—";
  const size = Math.abs(value) * (rule.scale ?? 1);
  let places = rule.decimals;
  if (size > 0) places = Math.min(places, rule.significant - 1 - Number(size.toExponential(16).split("e")[1]));
  if (rule.cents && places === 1) places = 0;
  const unit = 10 ** Math.abs(places);
  const rounded = places >= 0 ? Math.floor(size * unit + 0.5) / unit : Math.floor(size / unit + 0.5) * unit;
  const shown = rounded === Math.floor(rounded) ? 0 : Math.max(places, 0);
  WRITERS[shown] ??= new Intl.NumberFormat("en-US", { minimumFractionDigits: shown, maximumFractionDigits: shown });
  let digits = WRITERS[shown].format(rounded);
  if (digits.includes(".") && !rule.cents) digits = digits.replace(/0+$/, "").replace(/\.$/, "");
  const plus = rule.plus ? "+" : "";
  const sign = value < 0 ? "−" : plus;
  return `${rounded === 0 ? "" : sign}${rule.prefix ?? ""}${digits}${rule.suffix ?? ""}`;
}

/**
 * Labels of a chart: numbers written by their format, nothing where there is none.
 * @param {ArrayLike<number>} values
 * @param {NumberFormat} rule
 * @returns {string[]}
 */
export function written(values, rule) {
  return Array.from(values, (value) => (Number.isNaN(value) ? "" : formatted(value, rule)));
}
