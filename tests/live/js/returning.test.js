import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { watchKernel } from "../../../hedge_widgets/live/js/kernel.js";
import { addressAt } from "../../../hedge_widgets/live/js/returning.js";

const NAMES = ["coverage", "leverage"];

test("an address takes up the sliders that were moved since the kernel wrote it", () => {
  const told = encodeURIComponent(JSON.stringify({ page: "simulator", sliders: { leverage: 5 }, example: 2 }));
  const moved = addressAt(told, NAMES, [75, 5], [79.99999999999999, 5]);
  assert.deepEqual(JSON.parse(decodeURIComponent(moved)), {
    page: "simulator",
    sliders: { leverage: 5, coverage: 80 },
    example: 2,
  });
});

test("an address stays as it is where no slider was moved", () => {
  assert.equal(addressAt("abc", NAMES, [75, 5], [75 + 1e-12, Number.NaN]), "abc");
  assert.equal(addressAt("", NAMES, [75, 5], [75, 5]), "");
});

test("a page as it opened gets an address of its sliders alone", () => {
  assert.deepEqual(JSON.parse(decodeURIComponent(addressAt("", NAMES, [75, 5], [75, 6]))), {
    sliders: { leverage: 6 },
  });
});

const ownClock = () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
};

test("a page looks whether its kernel is there: what is gone ends it, what is there is connected once", async () => {
  const listeners = {};
  const asked = [];
  let status = 0;
  ownClock();
  globalThis.location = { pathname: "/voila/render/x" };
  globalThis.document = { hidden: false, addEventListener: () => {} };
  globalThis.addEventListener = (name, act) => {
    listeners[name] = act;
  };
  globalThis.fetch = async (address) => {
    asked.push(address);
    if (!status) throw new TypeError("no network");
    return { status, ok: status === 200 };
  };
  try {
    const said = [];
    const store = { end: () => said.push("end"), quiet: () => {}, reconnected: () => said.push("back") };
    const signals = [];
    const signal = { connect: (act) => signals.push(act) };
    const serverSettings = { baseUrl: "/hedge/" };
    const reconnect = async () => said.push("reconnect");
    const kernel = { id: "k", serverSettings, reconnect, statusChanged: signal, connectionStatusChanged: signal };
    watchKernel(store, kernel);
    const look = async (answer) => {
      status = answer;
      listeners.online();
      await new Promise((done) => setImmediate(done));
    };
    await look(200); // nothing is wrong
    signals[1](kernel, "connecting");
    for (const answer of [0, 502, 200, 200]) await look(answer);
    signals[1](kernel, "connected");
    listeners.beforeunload(); // somebody leaves: the kernel goes, and the page does not come back over the next one
    await look(404);
    mock.timers.tick(1);
    assert.deepEqual(said, ["reconnect", "back"]);
    listeners.pageshow(); // and is here again
    mock.timers.tick(1000);
    assert.deepEqual(said, ["reconnect", "back", "end"]);
    assert.equal(asked[0], "/hedge/api/kernels/k");
    store.ended = true;
  } finally {
    mock.timers.reset();
    for (const name of ["location", "document", "addEventListener", "fetch"]) delete globalThis[name];
  }
});
