// The browser's side of a live page. It knows nothing of hedging: it looks up rows, paints them, and asks the kernel
// where it has none. One store per page owns tables and stamps; charts and texts subscribe to it.

const REST_MS = 150; // a slider that has not moved for so long rests
const SILENCE_MS = 10_000; // an unanswered question after which the page says that the kernel does not answer
const MISSING = -32768;

// ---- numbers: the same rules as style.formatted ---------------------------------------------------------------------
function formatted(value, rule) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "—";
  const size = Math.abs(value) * (rule.scale ?? 1);
  let places = rule.decimals;
  if (size > 0) places = Math.min(places, rule.significant - 1 - Number(size.toExponential(16).split("e")[1]));
  if (rule.cents && places === 1) places = 0;
  const unit = 10 ** Math.abs(places);
  const rounded = places >= 0 ? Math.floor(size * unit + 0.5) / unit : Math.floor(size / unit + 0.5) * unit;
  const shown = rounded === Math.floor(rounded) ? 0 : Math.max(places, 0);
  let digits = rounded.toLocaleString("en-US", { minimumFractionDigits: shown, maximumFractionDigits: shown });
  if (digits.includes(".") && !rule.cents) digits = digits.replace(/0+$/, "").replace(/\.$/, "");
  const sign = rounded === 0 ? "" : value < 0 ? "−" : rule.plus ? "+" : "";
  return `${sign}${rule.prefix ?? ""}${digits}${rule.suffix ?? ""}`;
}

// ---- light and dark -------------------------------------------------------------------------------------------------
const theme = () => document.documentElement.dataset.hwScheme;

function currentTheme() {
  const chosen = document.documentElement.dataset.hwTheme; // our own template's choice
  if (chosen) return chosen;
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false" ? "dark" : "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function followTheme() {
  if (theme()) return;
  const apply = () => {
    const now = currentTheme();
    if (now === theme()) return;
    document.documentElement.dataset.hwScheme = now;
    document.dispatchEvent(new Event("hw-scheme"));
  };
  apply();
  const observer = new MutationObserver(apply);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-hw-theme"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}

function coloured(spec, colours) {
  if (typeof spec === "string") return spec.startsWith("@") ? (colours[spec.slice(1)] ?? spec) : spec;
  if (Array.isArray(spec)) return spec.map((item) => coloured(item, colours));
  if (spec && typeof spec === "object" && !ArrayBuffer.isView(spec))
    return Object.fromEntries(Object.entries(spec).map(([key, value]) => [key, coloured(value, colours)]));
  return spec;
}

// ---- plotly.js, once per window -------------------------------------------------------------------------------------
function plotly(live) {
  const version = live.get("settings").plotly;
  const cache = (window.__hedgePlotly ??= {});
  cache[version] ??= loadPlotly(live, version).catch((error) => {
    delete cache[version]; // so that it can be tried again
    throw error;
  });
  return cache[version];
}

async function loadPlotly(live, version) {
  const present = () => (window.Plotly?.version && window.Plotly) || null;
  if (present()) return present();
  try {
    await window.hedgeWidgetsPlotly; // our own page template fetches it while Voila starts
    if (present()) return present();
  } catch {
    // the server has no such file: ask the kernel
  }
  const bytes = await new Promise((resolve, reject) => {
    const take = (message, buffers) => {
      if (message.kind !== "plotly") return;
      live.off("msg:custom", take);
      clearTimeout(timer);
      resolve(buffers[0]);
    };
    const timer = setTimeout(() => {
      live.off("msg:custom", take);
      reject(new Error("the chart library did not arrive"));
    }, 60_000);
    live.on("msg:custom", take);
    live.send({ kind: "plotly" });
  });
  const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).blob();
  // The wrapper hides a page's AMD or CommonJS loader, which would swallow the global.
  const parts = ["(function(define,module,exports){", text, "\n}).call(window);"];
  const address = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  try {
    await addScript(address);
  } finally {
    URL.revokeObjectURL(address);
  }
  if (!present()) throw new Error(`plotly.js ${version} did not start`);
  return present();
}

function addScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = resolve;
    script.onerror = () => reject(new Error("the chart library is damaged"));
    script.src = address;
    document.head.append(script);
  });
}

// ---- the store ------------------------------------------------------------------------------------------------------
const same = (a, b) => a.every((value, i) => Math.abs(value - b[i]) <= 1e-9 * Math.max(1, Math.abs(b[i])));

class Store {
  constructor(live) {
    this.live = live;
    this.names = live.get("names");
    this.positions = live.get("positions");
    this.units = live.get("units");
    this.settings = live.get("settings");
    this.revision = live.get("revision");
    this.tables = new Map();
    this.requested = new Map();
    this.near = new Map(); // how -> slider
    this.parts = new Set();
    this.layouts = null; // of the picture on the page, until the hand lets go
    this.void = false; // a control that is not a slider moved; the kernel has not answered yet
    this.shown = null; // the stamp of the picture on the page, for tests
    this.ended = false;
    this.unanswered = 0;
    this.ready = this.start();
  }

  async start() {
    followTheme();
    const manager = this.live.widget_manager;
    const models = (key) => Promise.all(this.live.get(key).map((id) => manager.get_model(id.slice("IPY_MODEL_".length))));
    [this.sliders, this.others] = await Promise.all([models("sliders"), models("others")]);
    this.shown = { revision: this.revision, at: this.at(), from: "spec" };
    this.sliders.forEach((slider, i) => {
      slider.on(slider.has("index") ? "change:index" : "change:value", () => this.moved(i));
    });
    for (const other of this.others) {
      other.on("change", (model) => {
        if (model._state_lock) return; // the kernel's own doing: it comes with a new revision, before or after this
        const keys = Object.keys(model.changedAttributes() || {});
        if (keys.some((key) => ["value", "index", "rows"].includes(key))) this.void = true;
      });
    }
    this.live.on("msg:custom", (message, buffers) => this.heard(message, buffers));
    this.live.on("change:refusal", () => this.refused(this.live.get("refusal")));
    this.live.on("change:revision", () => this.newRevision(this.live.get("revision")));
    this.live.on("comm_live_update", () => this.live.comm_live === false && this.end());
    this.watchKernel(manager?.kernel);
    this.watchAddress();
    this.tracks = new Map();
    const adopt = () => {
      this.adopt();
      if (this.tracks.size === this.sliders.length) observer.disconnect();
    };
    const observer = new MutationObserver(adopt);
    observer.observe(document.body, { childList: true, subtree: true });
    adopt();
  }

  // A stock slider rounds what the kernel sets to its own step and sends the rounded number back. A volatility from a
  // price history has to stay what it is: only a hand moves in steps.
  adopt() {
    this.sliders.forEach((slider, i) => {
      const track = document.querySelector(`${this.classOf(i)} .noUi-target`);
      if (this.tracks.has(i) || !track?.noUiSlider) return;
      this.tracks.set(i, track);
      const places = this.positions[i];
      if (!slider.has("index")) {
        const { noUiSlider } = track;
        const set = noUiSlider.set;
        noUiSlider.set = (value, fires) => set.call(noUiSlider, value, fires, true);
        const meant = this.live.get("start")[i];
        const off = Math.abs(slider.get("value") - meant);
        if (off > 0 && off < places[1] - places[0]) {
          slider.set("value", meant);
          slider.save_changes();
        }
      }
      this.describe(i);
      for (const part of this.parts) part.adopted?.(i, track);
    });
    // A number field hides what it cannot read, even from its own page.
    this.others.forEach((other, k) => {
      const box = other.get("_model_name") === "FloatTextModel" && this.boxOf(`other-${k}`);
      if (box?.type === "number") box.type = "text";
    });
    for (const root of document.querySelectorAll(".hw-root .widget-slider:has(.noUi-handle:not([aria-label]))")) {
      describeSlider(root, root.querySelector(".widget-label")?.textContent.split(", ")[1] ?? "");
    }
  }

  at() {
    return this.sliders.map((slider, i) =>
      slider.has("index") ? (this.positions[i][slider.get("index")] ?? NaN) : slider.get("value"),
    );
  }

  // A hand, or the kernel, moved slider i.
  moved(i) {
    const at = this.at();
    if (this.next ? same(at, this.next.at) : same(at, this.shown.at)) return;
    if (!this.tracks.has(i)) return; // the slider's own rounding, before it was adopted
    this.last = i;
    this.layouts = null;
    if (this.remarked) this.say(this.remarked, "", (this.remarked = null));
    const source = this.row(i, at);
    if (source) this.show(source, at, "table");
    else this.ask();
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.rest(), REST_MS);
    this.describe(i);
  }

  row(i, at) {
    const table = this.tables.get(i);
    if (!table || this.void || table.revision !== this.revision) return null;
    if (!at.every((value, k) => k === i || same([value], [table.at[k]]))) return null;
    const places = this.positions[i];
    let low = 0;
    let high = places.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle] < at[i]) low = middle + 1;
      else high = middle;
    }
    const slack = 1e-6 * Math.max(1e-6, Math.abs(places[1] - places[0]));
    const index = [low, low - 1].find((k) => k >= 0 && Math.abs(places[k] - at[i]) <= slack);
    return index === undefined ? null : reader(table, index);
  }

  // Paint now if the last painting is a frame ago, else at the next frame with what is newest then.
  show(source, at, from) {
    this.next = { source, at, from, revision: this.revision };
    if (this.frame) return;
    if (performance.now() - (this.painted ?? 0) > 14) return this.paint();
    this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { source, at, from, revision } = this.next;
    this.painted = performance.now();
    // Charts first: plotly measures the page, and would lay out anew what a text has just changed.
    for (const part of this.parts) if (part.plot) part.paint(source, from === "exact");
    for (const part of this.parts) if (!part.plot) part.paint(source, from === "exact");
    this.shown = { revision, at, from };
  }

  send(message) {
    if (this.ended) return;
    this.live.send(message);
    this.unanswered += 1;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.unanswered && this.quiet(true), SILENCE_MS);
  }

  ask() {
    if (this.asking) return;
    this.asking = true;
    queueMicrotask(() => this.send({ kind: "ask", revision: this.revision, at: this.at() }));
  }

  rest() {
    this.send({ kind: "rest", revision: this.revision, at: this.at() });
    this.wantNear();
  }

  // The sliders under the pointer and with the focus, which need not be one, and the one used last.
  wantNear() {
    for (const i of new Set([...this.near.values(), this.last])) if (i !== undefined) this.want(i);
  }

  // Fetch slider i's table unless it is here or under way for the present stamp.
  want(i) {
    const at = this.at();
    const stamp = JSON.stringify([this.revision, at.map((value, k) => (k === i ? null : value))]);
    if (this.requested.get(i) === stamp) return;
    this.requested.set(i, stamp);
    this.send({ kind: "table", slider: this.names[i], revision: this.revision, at });
  }

  heard(message, buffers) {
    if (message.kind === "taken") return this.taken(message);
    if (message.kind !== "table" && message.kind !== "exact") return;
    this.unanswered = 0;
    this.quiet(false);
    if (message.revision > this.revision) this.newRevision(message.revision);
    if (message.revision !== this.revision) return;
    const raw = buffers[0];
    const block = raw.buffer ? raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) : raw;
    const table = { ...message, block, columns: new Map(message.columns.map((column) => [column.key, column])) };
    if (message.kind === "table") {
      this.tables.set(this.names.indexOf(message.slider), table);
      return;
    }
    this.asking = false;
    const at = this.at();
    if (!same(message.at, at)) {
      // The hand has moved on: no flicker back. Whoever has no row for where it is now asks again.
      if (!this.next || !same(this.next.at, at)) this.ask();
      return;
    }
    if (message.why === "refresh") clearTimeout(this.restTimer);
    this.show(reader(table, 0), at, "exact");
    this.wantNear();
    if (message.why !== "ask") {
      this.layouts = message.layouts;
      if (!window.__hedgeHeld) this.released();
    }
  }

  // Axes move when the hand has let go, never under it.
  released() {
    for (const part of this.layouts ? this.parts : []) part.rest?.(this.layouts[part.key]);
    this.layouts = null;
  }

  newRevision(revision) {
    if (revision === this.revision) {
      this.void = false;
      return;
    }
    this.revision = revision;
    this.void = false;
    this.asking = false;
    this.next = null;
    this.layouts = null;
    this.tables.clear();
    this.requested.clear();
    setTimeout(() => this.wantNear(), REST_MS);
  }

  // ---- the kernel's end
  watchKernel(kernel) {
    if (!kernel?.statusChanged) return;
    const gone = new Set(["dead", "restarting", "autorestarting", "terminating"]); // a restarted kernel knows no widget
    const look = () => (gone.has(kernel.status) || kernel.isDisposed) && this.end();
    kernel.statusChanged.connect(look);
    kernel.disposed?.connect(() => this.end());
    kernel.connectionStatusChanged.connect((_kernel, status) => {
      clearTimeout(this.lost);
      if (status === "disconnected") this.end();
      else if (status !== "connected") this.lost = setTimeout(() => this.quiet(true), SILENCE_MS);
      else this.reconnected();
    });
    look();
  }

  // What was sent while the socket was down is lost.
  reconnected() {
    this.quiet(false);
    this.asking = false;
    this.requested.clear();
    if (this.shown && !same(this.shown.at, this.at())) this.rest();
  }

  end() {
    if (this.ended) return;
    this.ended = true;
    for (const part of this.parts) part.ended?.();
  }

  quiet(isQuiet) {
    for (const part of this.parts) part.quiet?.(isQuiet);
  }

  // ---- what another page hands over in the address, behind #name=
  watchAddress() {
    const name = this.live.get("arrival");
    if (!name) return;
    const take = () => {
      const [key, text] = location.hash.slice(1).split("=", 2);
      if (key !== name || !text) return;
      let state = null;
      try {
        state = JSON.parse(decodeURIComponent(text));
      } catch {
        // not what a page of ours writes; the kernel says so
      }
      this.live.send({ kind: "arrival", state }); // answered only if it changes the page
    };
    take();
    addEventListener("hashchange", take);
  }

  // ---- what is typed into boxes: the kernel reads it, one reader for all
  controlOf(key) {
    const [kind, name] = key.split(/-(.*)/s);
    return kind === "slider" ? this.sliders[this.names.indexOf(name)] : this.others[name];
  }

  boxOf(key) {
    return document.querySelector(`.hw-live-${this.live.model_id}.hw-${key} :is(.widget-readout, input, select)`);
  }

  typed(key, box) {
    const text = textOf(box).trim();
    const refusal = this.live.get("refusal");
    if (refusal.control === key && refusal.typed === text) return; // it is marked already
    if (this.ended || text === box.hwBefore.trim()) return this.restore(key, box);
    this.typing = { key, before: box.hwBefore, value: valueOf(this.controlOf(key)) };
    this.send({ kind: "typed", control: key, text });
  }

  // The box shows what was understood.
  taken({ control: key, text }) {
    const box = this.boxOf(key);
    if (this.typing?.key === key && box) {
      if (box.matches("input") || valueOf(this.controlOf(key)) === this.typing.value) this.restore(key, box, this.typing.before);
      else box.hwBefore = textOf(box); // the slider has written it
    }
    this.typing = null;
    this.say(key, text, false);
    this.remarked = text ? key : null;
  }

  restore(key, box, text = box.hwBefore) {
    const control = this.controlOf(key);
    const shown = control.has("index") ? control.get("_options_labels")[control.get("index")] : text;
    writeTo(box, box.matches("input") ? String(control.get("value")) : shown);
    box.hwBefore = textOf(box);
    const i = this.sliders.indexOf(control);
    if (i >= 0) this.describe(i);
  }

  refused({ control: key, text, typed }) {
    const before = this.complained;
    this.complained = key;
    if (before && before !== key) {
      const box = this.boxOf(before);
      if (box?.matches("input")) this.restore(before, box);
      this.say(before, "", false);
    }
    if (!key) return;
    const box = this.boxOf(key);
    if (typeof typed === "string" && box?.matches("input, .widget-readout")) writeTo(box, typed);
    this.typing = null;
    this.say(key, text, true);
  }

  // A sentence beside a control; read aloud by a screen reader, and the box names it as its description.
  say(key, text, isWrong) {
    const root = document.querySelector(`.hw-live-${this.live.model_id}.hw-${key}`);
    const box = this.boxOf(key);
    if (!root || !box) return;
    let place = root.querySelector(".hw-complaint");
    if (!place && !text) return;
    if (!place) {
      place = root.appendChild(document.createElement("div"));
      place.id = `hw-complaint-${this.live.model_id}-${key}`;
      place.setAttribute("role", "alert");
    }
    place.className = isWrong ? "hw-complaint hw-beside" : "hw-complaint hw-beside hw-remark";
    place.textContent = text;
    box.setAttribute("aria-invalid", String(isWrong));
    if (text) box.setAttribute("aria-describedby", place.id);
    else box.removeAttribute("aria-describedby");
  }

  // ---- sliders in the page
  classOf(i) {
    return `.hw-live-${this.live.model_id}.hw-slider-${this.names[i]}`;
  }

  describe(i) {
    const root = document.querySelector(this.classOf(i));
    if (root) describeSlider(root, this.units[i]);
  }
}

// A stock slider has no accessible name and says its number without a unit.
function describeSlider(root, unit) {
  const handle = root.querySelector(".noUi-handle");
  if (!handle) return;
  const label = root.querySelector(".widget-label")?.textContent ?? "";
  if (handle.getAttribute("aria-label") !== label) handle.setAttribute("aria-label", label);
  handle.setAttribute("aria-valuetext", `${root.querySelector(".widget-readout")?.textContent ?? ""} ${unit}`.trim());
}

function reader(table, index) {
  return (key) => {
    const column = table.columns.get(key);
    if (!column) return undefined;
    const { length, kind, scale, offset } = column;
    if (kind === "f8") {
      const values = new Float64Array(table.block, offset + 8 * length * index, length);
      return values;
    }
    const steps = new Int16Array(table.block, offset + 2 * length * index, length);
    const values = new Float64Array(length);
    for (let k = 0; k < length; k++) values[k] = steps[k] === MISSING ? NaN : steps[k] * scale;
    return values;
  };
}

async function storeOf(model) {
  const stores = (window.__hedgeLive ??= new Map());
  const id = model.get("live").slice("IPY_MODEL_".length);
  const live = await model.widget_manager.get_model(id);
  if (!stores.has(id)) {
    stores.set(id, new Store(live));
    watchPointer(stores);
  }
  const store = stores.get(id);
  await store.ready;
  return store;
}

const valueOf = (control) => control.get(control.has("index") ? "index" : "value");
const textOf = (box) => (box.matches("input") ? box.value : box.textContent);

function writeTo(box, text) {
  if (box.matches("input")) box.value = text;
  else box.textContent = text;
}

// What is typed into the box of a slider or of a number goes to the kernel before ipywidgets parses it: its own parser
// reads "0,7" as 0, drops "−25", and clamps what lies outside without a word.
function watchTyping(stores) {
  const found = (event) => {
    const box = event.target;
    if (!box.matches?.(".widget-readout, .widget-text input")) return {};
    const classes = [...(box.closest('[class*="hw-live-"]')?.classList ?? [])];
    const store = stores.get(classes.find((name) => name.startsWith("hw-live-"))?.slice("hw-live-".length));
    const key = classes.find((name) => /^hw-(slider|other)-/.test(name))?.slice("hw-".length);
    const control = store?.sliders && key && store.controlOf(key);
    return control && typeof control.get("value") !== "string" ? { store, key, box } : {};
  };
  const listen = (kind, act) =>
    document.addEventListener(kind, (event) => {
      const { store, key, box } = found(event);
      if (store) act(event, store, key, box);
    }, { capture: true });
  const leave = (event, store, key, box) => {
    event.stopImmediatePropagation();
    if (box.hwBefore !== undefined) store.typed(key, box);
  };
  listen("focusin", (_event, _store, _key, box) => {
    if (box.type === "number") {
      box.type = "text";
      box.select();
    }
    box.inputMode = "decimal";
    if (box.getAttribute("aria-invalid") !== "true") box.hwBefore = textOf(box);
  });
  listen("keydown", (event, store, key, box) => {
    if (event.key === "Escape") {
      store.restore(key, box);
      store.say(key, "", false);
    } else if (event.key !== "Enter") return;
    event.preventDefault();
    leave(event, store, key, box);
  });
  listen("blur", (event, store, key, box) => !box.matches("input") && leave(event, store, key, box));
  listen("change", leave);
}

// One delegated listener for all pages of the window: a slider that hand or focus comes near gets its table.
function watchPointer(stores) {
  if (window.__hedgePointer) return;
  window.__hedgePointer = true;
  watchTyping(stores);
  const near = (event) => {
    const root = event.target.closest?.('[class*="hw-live-"]');
    if (!root) return;
    for (const [id, store] of stores) {
      if (!root.classList.contains(`hw-live-${id}`)) continue;
      const i = store.names.findIndex((name) => root.classList.contains(`hw-slider-${name}`));
      if (i < 0 || !store.sliders) continue;
      store.near.set(event.type, i);
      store.describe(i);
      store.want(i);
    }
  };
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, near, { passive: true });
  const hold = (event) => {
    window.__hedgeHeld = event.type === "pointerdown";
    if (!window.__hedgeHeld) for (const store of stores.values()) store.released();
  };
  for (const kind of ["pointerdown", "pointerup", "pointercancel"]) {
    document.addEventListener(kind, hold, { passive: true, capture: true });
  }
}

// ---- the parts ------------------------------------------------------------------------------------------------------
class Chart {
  constructor(model, el, store) {
    this.store = store;
    this.key = model.get("key");
    this.spec = JSON.parse(model.get("spec"));
    this.current = new Map(); // "trace/attribute" -> what is on the page, for a change of theme
    this.columns = [];
    this.spec.data.forEach((trace, i) => {
      for (const name of Object.keys(trace)) this.columns.push({ i, name, key: `${this.key}/${i}/${name}` });
    });
    this.plot = el.appendChild(document.createElement("div"));
    this.plot.className = `hw-plot hw-plot-${this.key}`;
    this.plot.setAttribute("role", "img");
    this.plot.setAttribute("aria-label", this.spec.label);
    this.plot.innerHTML = '<div class="hw-drawing" role="status">Drawing the chart…</div>';
  }

  async start() {
    try {
      this.Plotly = await plotly(this.store.live);
    } catch (error) {
      this.plot.textContent = `The chart library did not load (${error.message}). `;
      const again = this.plot.appendChild(document.createElement("button"));
      again.textContent = "Try again";
      again.className = "hw-button";
      again.onclick = () => this.start();
      return;
    }
    if (this.removed) return;
    this.plot.replaceChildren();
    await this.draw("newPlot");
    this.resize = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = this.plot;
      if (!width || !height || (width === this.width && height === this.height)) return;
      cancelAnimationFrame(this.resizing);
      this.resizing = requestAnimationFrame(() => !this.removed && this.draw("react"));
    });
    this.resize.observe(this.plot);
    this.sight = new IntersectionObserver((entries) => {
      this.isHidden = !entries.at(-1).isIntersecting;
      if (!this.isHidden && this.isLate) this.draw("react");
    });
    this.sight.observe(this.plot);
    document.addEventListener("hw-scheme", (this.themed = () => this.draw("react")));
  }

  draw(how) {
    this.isLate = false;
    const colours = this.store.settings.palette[theme()];
    this.width = this.plot.clientWidth;
    this.height = this.plot.clientHeight;
    const data = this.spec.data.map((trace, i) => {
      const live = Object.keys(trace).filter((name) => this.current.has(`${this.key}/${i}/${name}`));
      return { ...trace, ...Object.fromEntries(live.map((name) => [name, this.current.get(`${this.key}/${i}/${name}`)])) };
    });
    const narrow = this.width < 560 ? (this.spec.layout.meta?.narrow ?? {}) : {};
    const layout = merged(merged(structuredClone(this.spec.layout), narrow), this.moved ?? {});
    layout.width = this.width;
    layout.height = this.height;
    return this.Plotly[how](this.plot, coloured(data, colours), coloured(layout, colours), {
      displayModeBar: false,
      responsive: false,
      doubleClick: false,
    });
  }

  paint(read, isExact) {
    const update = {};
    const traces = [];
    for (const column of this.columns) {
      let values = read(column.key);
      if (values === undefined) continue;
      const format = this.spec.texts[`${column.i}/${column.name}`];
      if (format) values = written(values, this.store.settings.formats[format]);
      this.current.set(column.key, values);
      let place = traces.indexOf(column.i);
      if (place < 0) place = traces.push(column.i) - 1;
      (update[column.name] ??= [])[place] = values;
    }
    if (!traces.length || !this.Plotly || !this.plot.data) return;
    for (const name of Object.keys(update)) update[name].length = traces.length;
    // A chart out of sight is drawn at rest, or when it comes into sight: a page of many follows the hand all the same.
    this.isLate = this.isHidden && !isExact;
    if (this.isLate) return;
    if (isExact || !this.step(update, traces)) this.Plotly.restyle(this.plot, update, traces);
  }

  // A step moves numbers only. Plotly.restyle would derive every default and draw every axis anew, two thirds of its
  // time, so a step goes through the parts of it that draw data. At rest, and where a version of plotly.js has other
  // parts, restyle itself does it; a test holds both pictures equal.
  step(update, traces) {
    const { _fullData: full, _fullLayout: layout, data, calcdata } = this.plot;
    const subplot = layout?._plots?.xy;
    const kinds = layout?._modules;
    const isKnown = subplot && kinds?.every((kind) => kind.calc && kind.plot && kind.style) && full?.length === data.length;
    if (!isKnown || layout._basePlotModules?.length !== 1) return false;
    for (const [name, values] of Object.entries(update))
      values.forEach((value, k) => (data[traces[k]][name] = full[traces[k]][name] = value));
    for (const i of traces) {
      const points = full[i]._module.calc(this.plot, full[i]);
      points[0].t ??= {};
      points[0].trace = full[i];
      calcdata[i] = points;
    }
    for (const kind of kinds) kind.crossTraceCalc?.(this.plot, subplot);
    layout._basePlotModules[0].plot(this.plot);
    for (const kind of kinds) kind.style(this.plot);
    return true;
  }

  rest(changes) {
    if (!changes) return;
    const flat = Object.entries(changes);
    const before = this.moved ?? {};
    const isNew = flat.some(([key, value]) => JSON.stringify(at(before, key) ?? at(this.spec.layout, key)) !== JSON.stringify(value));
    if (!isNew) return;
    this.moved = {};
    for (const [key, value] of flat) put(this.moved, key, value);
    if (this.Plotly && this.plot.data) this.draw("react");
  }

  remove() {
    this.removed = true;
    this.resize?.disconnect();
    this.sight?.disconnect();
    document.removeEventListener("hw-scheme", this.themed);
    if (this.Plotly && this.plot.data) this.Plotly.purge(this.plot);
  }
}

const at = (tree, path) => path.split(".").reduce((node, key) => node?.[key], tree);

function put(tree, path, value) {
  const keys = path.split(".");
  const last = keys.pop();
  keys.reduce((node, key) => (node[key] ??= {}), tree)[last] = value;
}

function merged(target, changes) {
  for (const [key, value] of Object.entries(changes)) {
    if (value && typeof value === "object" && !Array.isArray(value)) target[key] = merged(target[key] ?? {}, value);
    else target[key] = value;
  }
  return target;
}

function written(values, rule) {
  return Array.from(values, (value) => (Number.isNaN(value) ? "" : formatted(value, rule)));
}

class Text {
  constructor(model, el, store) {
    this.store = store;
    this.key = model.get("key");
    this.spec = JSON.parse(model.get("spec"));
    this.values = { ...this.spec.values };
    this.root = el.appendChild(document.createElement("div"));
    this.root.className = `hw-readout hw-readout-${this.key}`;
    this.blocks = this.spec.blocks.map((block) => {
      const box = this.root.appendChild(document.createElement("div"));
      box.className = "hw-block";
      if (block.label) {
        const label = box.appendChild(document.createElement(block.tip ? "button" : "div"));
        label.className = "hw-label";
        label.textContent = block.label;
        if (block.tip) this.explain(label, block.tip);
      }
      const lines = block.lines.map((line) => {
        const node = box.appendChild(document.createElement("div"));
        node.className = `hw-line hw-${line.kind}`;
        return { ...line, node, chosen: -1, spans: [] };
      });
      return { ...block, box, lines };
    });
    if (this.spec.announce) {
      this.said = el.appendChild(document.createElement("div"));
      this.said.className = "hw-said";
      this.said.setAttribute("role", "status");
      this.said.setAttribute("aria-live", "polite");
    }
    this.write();
  }

  // What a figure is, for a mouse that rests on its name and for a finger or a key that presses it.
  explain(label, words) {
    label.type = "button";
    label.title = words;
    this.tip ??= this.root.parentElement.appendChild(document.createElement("div"));
    this.tip.className = "hw-tip";
    this.tip.popover = "auto";
    this.tip.setAttribute("role", "status");
    label.addEventListener("click", () => {
      const { left, bottom } = label.getBoundingClientRect();
      this.tip.textContent = words;
      this.tip.togglePopover(true);
      const { width, height } = this.tip.getBoundingClientRect();
      this.tip.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
      this.tip.style.top = `${Math.max(8, Math.min(bottom + 4, innerHeight - height - 8))}px`;
    });
  }

  paint(read, isExact) {
    for (const name of Object.keys(this.values)) {
      const value = read(`${this.key}/${name}`);
      if (value !== undefined) this.values[name] = value[0];
    }
    this.write();
    if (isExact && this.said) this.said.textContent = this.root.textContent;
  }

  write() {
    for (const block of this.blocks) {
      if (block.tone) block.box.classList.toggle("hw-danger", this.values[block.tone] === 1);
      for (const line of block.lines) {
        const chosen = line.pick ? (this.values[line.pick] ?? 0) : 0;
        if (chosen !== line.chosen) this.build(line, chosen);
        for (const { span, slot } of line.spans) {
          const text = this.word(slot);
          if (span.textContent !== text) span.textContent = text;
        }
      }
    }
  }

  build(line, chosen) {
    line.chosen = chosen;
    line.spans = [];
    line.node.replaceChildren();
    (line.templates[chosen] ?? "").split(/\{(\w+)\}/).forEach((piece, k) => {
      if (k % 2 === 0) return line.node.append(piece);
      const span = line.node.appendChild(document.createElement("span"));
      span.className = `hw-slot hw-slot-${piece}`;
      line.spans.push({ span, slot: piece });
    });
  }

  word(slot) {
    const value = this.values[slot];
    const named = this.spec.slots[slot];
    const rule = named.startsWith?.("words:") ? this.store.live.get("words")[named.slice("words:".length)] : named;
    return Array.isArray(rule) ? (rule[value] ?? "") : formatted(value, this.store.settings.formats[rule]);
  }
}

// Ticks under the sliders.
class Marks {
  constructor(model, _el, store) {
    this.store = store;
    this.spec = JSON.parse(model.get("spec"));
    this.values = { ...this.spec.values };
    this.ticks = new Map();
    for (const [i, track] of store.tracks) this.adopted(i, track);
  }

  adopted(i, track) {
    const slider = this.store.names[i];
    const labels = this.spec.labels[slider];
    if (!labels || this.ticks.has(slider)) return;
    track.closest(this.store.classOf(i)).classList.add("hw-marked");
    const ticks = labels.map((label) => {
      const tick = track.appendChild(document.createElement("div"));
      tick.className = "hw-mark";
      tick.appendChild(document.createElement("span")).textContent = label;
      return tick;
    });
    this.ticks.set(slider, ticks);
    this.move(slider);
  }

  move(slider) {
    const places = this.store.positions[this.store.names.indexOf(slider)];
    const isLadder = this.store.sliders[this.store.names.indexOf(slider)].has("index");
    const shown = [];
    this.ticks.get(slider).forEach((tick, k) => {
      const value = this.values[`${slider}/${k}`];
      const share = isLadder ? ladderShare(places, value) : (value - places[0]) / (places.at(-1) - places[0]);
      const isIn = value !== null && share >= 0 && share <= 1;
      tick.style.display = isIn ? "" : "none";
      if (!isIn) return;
      tick.style.left = `${100 * share}%`;
      tick.firstChild.style.display = shown.some((other) => Math.abs(share - other) < 0.17) ? "none" : "";
      tick.firstChild.style.transform = `translateX(${-100 * share}%)`;
      shown.push(share);
    });
  }

  paint(read) {
    let isNew = false;
    for (const name of Object.keys(this.values)) {
      const value = read(`marks/${name}`);
      if (value === undefined || value[0] === this.values[name]) continue;
      this.values[name] = Number.isNaN(value[0]) ? null : value[0];
      isNew = true;
    }
    if (isNew) for (const slider of this.ticks.keys()) this.move(slider);
  }

  remove() {
    for (const ticks of this.ticks.values()) ticks.forEach((tick) => tick.remove());
  }
}

function ladderShare(places, value) {
  const above = places.findIndex((place) => place >= value - 1e-9);
  if (above < 0) return 2;
  const below = Math.max(above - 1, 0);
  const part = above === below ? 0 : (value - places[below]) / (places[above] - places[below]);
  return (below + part) / (places.length - 1);
}

class Banner {
  constructor(model, el, store) {
    this.store = store;
    this.box = el.appendChild(document.createElement("div"));
    this.box.setAttribute("role", "alert");
    this.notice = () => this.say(store.live.get("notice"), "error");
    store.live.on("change:notice", this.notice);
    this.notice();
    if (store.ended) this.ended();
  }

  paint() {}

  say(text, tone) {
    if (this.isEnded) return;
    this.box.className = text ? `hw-banner hw-banner-${tone}` : "";
    this.box.textContent = text;
    this.tone = text ? tone : "";
  }

  quiet(isQuiet) {
    if (isQuiet) this.say("The kernel does not answer at the moment. Your inputs are kept.", "quiet");
    else if (this.tone === "quiet") this.notice();
  }

  ended() {
    this.say("Session ended. Reload the page to start a new one. ", "ended");
    this.isEnded = true;
    const reload = this.box.appendChild(document.createElement("button"));
    reload.className = "hw-button";
    reload.textContent = "Reload";
    reload.onclick = () => location.reload();
  }

  remove() {
    this.store.live.off("change:notice", this.notice);
  }
}

const PARTS = { chart: Chart, text: Text, banner: Banner, marks: Marks };

async function render({ model, el }) {
  const store = await storeOf(model);
  const part = new PARTS[model.get("role")](model, el, store);
  store.parts.add(part);
  part.start?.();
  store.names.forEach((_name, i) => store.describe(i));
  return () => {
    store.parts.delete(part);
    part.remove?.();
  };
}
