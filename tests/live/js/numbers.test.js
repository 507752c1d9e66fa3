import assert from "node:assert/strict";
import { test } from "node:test";
import { formatted, written } from "../../../hedge_widgets/live/js/numbers.js";

const USD = { prefix: "$", decimals: 2, significant: 6, cents: true };

test("a number is written by its format", () => {
  assert.equal(formatted(1234.5, USD), "$1,234.50");
  assert.equal(formatted(1234.25, { ...USD, significant: 4 }), "$1,234");
  assert.equal(formatted(-0.2, { scale: 100, decimals: 1, significant: 3, plus: true, suffix: " %" }), "−20 %");
  assert.equal(formatted(0.2, { scale: 100, decimals: 1, significant: 3, plus: true, suffix: " %" }), "+20 %");
});

test("what rounds to zero has no sign", () => {
  assert.equal(formatted(-1e-9, { decimals: 0, significant: 3, plus: true }), "0");
  assert.equal(formatted(1e-9, { decimals: 0, significant: 3, plus: true }), "0");
});

test("cents are whole or not at all", () => {
  assert.equal(formatted(2.5, USD), "$2.50");
  assert.equal(formatted(240, USD), "$240");
  assert.equal(formatted(2.5, { ...USD, cents: false }), "$2.5");
});

test("what is missing is a dash", () => {
  for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) assert.equal(formatted(value, USD), "—");
});

test("a chart's label is empty where there is no number", () => {
  assert.deepEqual(written(Float64Array.of(1, Number.NaN, 2.5), USD), ["$1", "", "$2.50"]);
});
