import assert from "node:assert/strict";
import { test } from "node:test";
import { leaf, merged, put } from "../../../hedge_widgets/live/js/trees.js";

test("a leaf is found by its path, or is undefined", () => {
  const tree = { yaxis: { range: [0, 1] }, width: 5 };
  assert.deepEqual(leaf(tree, "yaxis.range"), [0, 1]);
  assert.equal(leaf(tree, "width"), 5);
  assert.equal(leaf(tree, "xaxis.range"), undefined);
});

test("put makes the way to its leaf", () => {
  const tree = { yaxis: { title: "a" } };
  put(tree, "yaxis.range", [0, 1]);
  put(tree, "xaxis.tick.size", 3);
  put(tree, "width", 9);
  assert.deepEqual(tree, { yaxis: { title: "a", range: [0, 1] }, xaxis: { tick: { size: 3 } }, width: 9 });
});

test("branches are merged, arrays and numbers replaced", () => {
  const tree = { axis: { range: [0, 1], title: "a" }, width: 5 };
  merged(tree, { axis: { range: [2] }, legend: { x: 0 }, width: null });
  assert.deepEqual(tree, { axis: { range: [2], title: "a" }, legend: { x: 0 }, width: null });
});

test("what is merged in is copied, so that a later change leaves it", () => {
  const changes = { axis: { range: [0, 1] } };
  const tree = merged({}, changes);
  put(tree, "axis.range", [5]);
  assert.deepEqual(changes, { axis: { range: [0, 1] } });
});
