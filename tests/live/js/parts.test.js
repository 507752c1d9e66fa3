import assert from "node:assert/strict";
import { test } from "node:test";
import { ladderShare } from "../../../hedge_widgets/live/js/marks.js";
import { named } from "../../../hedge_widgets/live/js/pointer.js";
import { pieces, wordOf } from "../../../hedge_widgets/live/js/text.js";
import { coloured } from "../../../hedge_widgets/live/js/theme.js";

test("colours are named in a spec, at any depth", () => {
  const spec = { line: { color: "@spot", width: 2 }, colors: ["@hedge", "red"], y: Float64Array.of(1), on: true };
  const painted = coloured(spec, { spot: "#111", hedge: "#222" });
  assert.deepEqual(painted, { line: { color: "#111", width: 2 }, colors: ["#222", "red"], y: spec.y, on: true });
  assert.equal(painted.y, spec.y);
  assert.equal(spec.line.color, "@spot");
});

test("a colour that nobody knows stays, and nothing is nothing", () => {
  assert.equal(coloured("@other", {}), "@other");
  assert.equal(coloured(null, {}), null);
});

test("a value lies on a ladder between its steps", () => {
  const ladder = [1, 2, 3, 5, 10];
  assert.deepEqual(
    [1, 3, 10].map((value) => ladderShare(ladder, value)),
    [0, 0.5, 1],
  );
  assert.equal(ladderShare(ladder, 4), 2.5 / 4);
  assert.equal(ladderShare(ladder, 0.5), 0);
  assert.ok(ladderShare(ladder, 11) > 1);
  assert.ok(ladderShare(ladder, Number.NaN) > 1);
});

test("a template falls into texts and slots", () => {
  assert.deepEqual(pieces("You gain {net} at {price}."), ["You gain ", "net", " at ", "price", "."]);
  assert.deepEqual(pieces("{net}"), ["", "net", ""]);
  assert.deepEqual(pieces("{ net }"), ["{ net }"]);
});

test("a slot is written by its format or chosen from words", () => {
  const formats = { usd: { prefix: "$", decimals: 0, significant: 9 } };
  assert.equal(wordOf("usd", 1600, formats), "$1,600");
  assert.equal(wordOf("usd", null, formats), "—");
  assert.equal(wordOf(["gain", "loss"], 1, formats), "loss");
  for (const value of [7, null, Number.NaN]) assert.equal(wordOf(["gain", "loss"], value, formats), "");
});

test("classes name a page and its control", () => {
  assert.deepEqual(named(["widget-slider", "hw-slider-btc-move", "hw-live-ab12"]), {
    id: "ab12",
    key: "slider-btc-move",
  });
  assert.deepEqual(named(["hw-other-3", "hw-live-x"]), { id: "x", key: "other-3" });
  assert.deepEqual(named(["hw-slide"]), { id: undefined, key: undefined });
});
