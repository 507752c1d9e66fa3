import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Boxes } from "../../../hedge_widgets/live/js/boxes.js";
import { SILENCE_MS, watchKernel } from "../../../hedge_widgets/live/js/kernel.js";
import { Questions } from "../../../hedge_widgets/live/js/questions.js";

const quiet = [];

function page() {
  const sent = [];
  const place = [1, 10];
  quiet.length = 0;
  return {
    sent,
    place,
    ended: false,
    revision: 0,
    names: ["a", "b-c"],
    sliders: ["slider a", "slider b-c"],
    others: ["box 0", "box 1"],
    at: () => [...place],
    live: { send: (message) => sent.push(message) },
    quiet: (isQuiet) => quiet.push(isQuiet),
  };
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

test("a table is asked for once a stamp", () => {
  const store = page();
  const questions = new Questions(store);
  questions.want(0);
  store.place[0] = 2; // its own slider: the same table
  questions.want(0);
  assert.deepEqual(store.sent, [{ kind: "table", slider: "a", revision: 0, at: [1, 10] }]);
  store.place[1] = 20;
  questions.want(0);
  questions.forget();
  questions.want(0);
  assert.equal(store.sent.length, 3);
});

test("one question at a time, about where the hand is when it is sent", async () => {
  const store = page();
  const questions = new Questions(store);
  questions.ask();
  questions.ask();
  store.place[0] = 3;
  await null;
  assert.deepEqual(store.sent, [{ kind: "ask", revision: 0, at: [3, 10] }]);
});

test("a hand that rests asks for its picture and for the tables near it", () => {
  const store = page();
  const questions = new Questions(store);
  questions.last = 0;
  questions.near.set("pointerover", 1).set("focusin", 1);
  questions.rest();
  assert.deepEqual(
    store.sent.map(({ kind, slider }) => [kind, slider]),
    [
      ["rest", undefined],
      ["table", "b-c"],
      ["table", "a"],
    ],
  );
});

test("whoever leaves waits for what a hand did last, in its turn", async () => {
  const store = { ...page(), boxes: { typing: null }, void: false };
  const questions = new Questions(store);
  const counts = () => store.sent.filter(({ kind }) => kind === "tell").map(({ count }) => count);
  store.rest = () => questions.rest();
  let isSettled = false;
  const left = questions.settled().then(() => {
    isSettled = true;
  });
  questions.restSoon(); // the kernel moved the slider to what was typed
  questions.told(1);
  await null;
  await null;
  assert.deepEqual(
    store.sent.map(({ kind }) => kind),
    ["tell", "rest", "tell"],
  );
  questions.told(1); // an answer from before
  await null;
  assert.equal(isSettled, false);
  questions.told(2);
  await left;
  assert.deepEqual(counts(), [1, 2]);
});

test("what a slider did is sent before what happens after it", () => {
  const store = page();
  store.rest = () => questions.rest();
  const questions = new Questions(store);
  questions.restNow();
  assert.deepEqual(store.sent, []);
  questions.restSoon();
  questions.restNow();
  questions.restNow();
  mock.timers.tick(1000);
  assert.deepEqual(store.sent, [{ kind: "rest", revision: 0, at: [1, 10] }]);
});

test("nothing rests while a revision comes in, slider by slider", () => {
  const store = page();
  store.rest = () => questions.rest();
  const questions = new Questions(store);
  questions.restSoon();
  questions.revised();
  mock.timers.tick(1000);
  assert.deepEqual(store.sent, []);
  questions.refreshed(false); // the hand has moved on
  mock.timers.tick(1000);
  assert.deepEqual(store.sent, [{ kind: "rest", revision: 0, at: [1, 10] }]);
  questions.restSoon();
  questions.revised();
  questions.refreshed(true);
  mock.timers.tick(1000);
  assert.equal(store.sent.length, 1);
});

test("a kernel that does not answer holds nobody back", async () => {
  const questions = new Questions({ ...page(), boxes: { typing: null }, void: true });
  const left = questions.settled();
  mock.timers.tick(3000);
  mock.timers.reset();
  await left;
  await new Questions({ ...page(), ended: true }).settled();
});

test("silence is said, unless an answer came", () => {
  const questions = new Questions(page());
  questions.rest();
  questions.answered();
  mock.timers.tick(SILENCE_MS);
  assert.deepEqual(quiet, [false]);
  questions.rest();
  mock.timers.tick(SILENCE_MS);
  assert.deepEqual(quiet, [false, true]);
});

test("a session that ended asks nothing", () => {
  const store = { ...page(), ended: true };
  new Questions(store).rest();
  assert.deepEqual(store.sent, []);
});

test("a key names its control", () => {
  const boxes = new Boxes(page());
  assert.equal(boxes.controlOf("slider-a"), "slider a");
  assert.equal(boxes.controlOf("slider-b-c"), "slider b-c");
  assert.equal(boxes.controlOf("other-1"), "box 1");
  for (const key of ["slider-x", "other-7", "other-a"]) assert.equal(boxes.controlOf(key), undefined);
});

test("a kernel that ends, falls silent or is back is noticed", () => {
  const said = [];
  const store = { end: () => said.push("end"), quiet: () => said.push("quiet"), reconnected: () => said.push("back") };
  const signals = {};
  const signal = (name) => ({
    connect: (act) => {
      signals[name] = act;
    },
  });
  const kernel = { status: "idle", statusChanged: signal("status"), connectionStatusChanged: signal("connection") };
  watchKernel(store, kernel);
  signals.connection(kernel, "connecting");
  signals.connection(kernel, "connected");
  mock.timers.tick(SILENCE_MS);
  signals.connection(kernel, "connecting");
  mock.timers.tick(SILENCE_MS);
  signals.connection(kernel, "disconnected");
  kernel.status = "dead";
  signals.status();
  mock.timers.tick(1);
  assert.deepEqual(said, ["back", "quiet", "end", "end"]);
});
