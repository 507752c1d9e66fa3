import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, placeOf, rowOf, same, stampOf, tableOf } from "../../../hedge_widgets/live/js/rows.js";

test("positions are the same but for their rounding", () => {
  assert.ok(same([0.1 + 0.2, 1e6], [0.3, 1e6 + 1e-4]));
  assert.ok(!same([0.3], [0.3001]));
  assert.ok(!same([Number.NaN], [1]));
});

test("a stamp holds the revision and every slider but its own", () => {
  assert.equal(stampOf(3, [1, 2, 3], 1), stampOf(3, [1, 99, 3], 1));
  assert.notEqual(stampOf(3, [1, 2, 3], 1), stampOf(4, [1, 2, 3], 1));
  assert.notEqual(stampOf(3, [1, 2, 3], 1), stampOf(3, [1, 2, 4], 1));
});

test("a table fits while only its own slider moves", () => {
  const table = { revision: 0, at: [1, 2], block: new ArrayBuffer(0), columns: new Map() };
  assert.ok(fits(table, [1, 50], 1));
  assert.ok(!fits(table, [1.5, 2], 1));
});

test("a row is found at its position, and none between two", () => {
  const places = [-1, -0.5, 0, 0.5, 1];
  places.forEach((place, k) => {
    assert.equal(placeOf(places, place), k);
    assert.equal(placeOf(places, place + 1e-9), k);
    assert.equal(placeOf(places, place - 1e-9), k);
    assert.equal(placeOf(places, place + 0.1), undefined);
  });
  assert.equal(placeOf(places, 7), undefined);
  assert.equal(placeOf(places, -7), undefined);
  assert.equal(placeOf(places, Number.NaN), undefined);
});

test("a row is found on a ladder of uneven steps", () => {
  const ladder = [1, 2, 3, 5, 10, 20, 50, 125];
  assert.deepEqual(
    ladder.map((place) => placeOf(ladder, place)),
    [...ladder.keys()],
  );
  assert.equal(placeOf(ladder, 4), undefined);
});

const COLUMNS = [
  { key: "text/net", length: 1, kind: "f8", scale: 1, offset: 0 },
  { key: "chart/0/y", length: 2, kind: "i2", scale: 0.5, offset: 16 },
];

function message() {
  const block = new ArrayBuffer(24);
  new Float64Array(block, 0, 2).set([1.25, -2.5]);
  new Int16Array(block, 16, 4).set([2, -4, -32768, 6]);
  return [{ kind: "table", slider: "a", revision: 7, at: [1], columns: COLUMNS }, block];
}

test("a row holds its columns, numbers as they are and curves by their scale", () => {
  const table = tableOf(...message());
  assert.equal(table.revision, 7);
  assert.deepEqual([...rowOf(table, 0)("text/net")], [1.25]);
  assert.deepEqual([...rowOf(table, 1)("text/net")], [-2.5]);
  assert.deepEqual([...rowOf(table, 0)("chart/0/y")], [1, -2]);
});

test("a gap in a curve is no number, and a column that does not move is not there", () => {
  const row = rowOf(tableOf(...message()), 1);
  assert.deepEqual([...row("chart/0/y")], [Number.NaN, 3]);
  assert.equal(row("chart/1/y"), undefined);
});

test("bytes that begin anywhere in their buffer are read", () => {
  const [header, block] = message();
  const whole = new Uint8Array(block.byteLength + 3);
  whole.set(new Uint8Array(block), 3);
  assert.deepEqual([...rowOf(tableOf(header, new DataView(whole.buffer, 3)), 1)("text/net")], [-2.5]);
});
