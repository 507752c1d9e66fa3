import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestPlace } from "../../../hedge_widgets/live/js/handles.js";

test("a point that is dragged moves its slider to the nearest place, and no further than its ends", () => {
  const places = [-60, -59, 0, 1, 150];
  assert.deepEqual(
    [-100, -59.4, 0.4, 0.6, 1e9].map((value) => nearestPlace(places, value)),
    [-60, -59, 0, 1, 150],
  );
});
