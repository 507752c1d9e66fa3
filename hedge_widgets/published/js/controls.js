// The stock widgets of a page, drawn as ipywidgets draws them: the same classes, so that one style holds for both.

/** @import { Model } from "./models.js" */

/** @typedef {HTMLElement & { noUiSlider?: any }} Track */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {HTMLElement} [parent]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function make(tag, className, parent) {
  const node = document.createElement(tag);
  node.className = className;
  parent?.append(node);
  return node;
}

/**
 * @param {HTMLElement} el
 * @param {Model} model
 * @param {HTMLElement} [control]
 */
function label(el, model, control) {
  const node = make("label", "widget-label", el);
  node.textContent = String(model.get("description"));
  if (!control) return;
  control.id = `hw-saved-${model.model_id}`;
  node.htmlFor = control.id;
}

/**
 * @param {Model} model
 * @param {string} className
 */
function box(model, className) {
  const el = make("div", `lm-Widget lm-Panel jupyter-widgets widget-container widget-box ${className}`);
  const children = /** @type {string[]} */ (model.get("children"));
  el.append(...children.map((child) => viewOf(model.widget_manager.at(child))));
  return el;
}

/** @param {Model} model */
function words(model) {
  const el = make("div", "lm-Widget jupyter-widgets widget-inline-hbox widget-html");
  const content = make("div", "widget-html-content", el);
  const show = () => {
    content.innerHTML = String(model.get("value")); // the page's own words, escaped by Python
  };
  model.on("change:value", show);
  show();
  return el;
}

/** @param {Model} model */
function button(model) {
  const el = make("button", "lm-Widget jupyter-widgets jupyter-button widget-button");
  el.textContent = String(model.get("description"));
  el.disabled = true;
  if (model.get("disabled")) el.style.opacity = "0.6";
  return el;
}

/** @param {Model} model */
function dropdown(model) {
  const el = make("div", "lm-Widget jupyter-widgets widget-inline-hbox widget-dropdown");
  const select = make("select", "");
  label(el, model, select);
  el.append(select);
  const options = /** @type {string[]} */ (model.get("_options_labels"));
  select.append(...options.map((text) => new Option(text, text)));
  select.selectedIndex = Number(model.get("index"));
  select.disabled = true;
  return el;
}

/** @param {Model} model */
function choices(model) {
  const el = make("div", "lm-Widget jupyter-widgets widget-inline-hbox widget-radio");
  label(el, model);
  const group = make("div", "widget-radio-box", el);
  const options = /** @type {string[]} */ (model.get("_options_labels"));
  options.forEach((text, k) => {
    const line = make("label", "", group);
    const input = make("input", "", line);
    Object.assign(input, { type: "radio", name: model.model_id, checked: k === model.get("index"), disabled: true });
    line.append(text);
  });
  return el;
}

/** @param {Model} model */
function textBox(model) {
  const el = make("div", "lm-Widget jupyter-widgets widget-inline-hbox widget-text");
  const input = make("input", "");
  label(el, model, input);
  el.append(input);
  input.type = "text";
  input.value = String(model.get("value"));
  input.disabled = true;
  return el;
}

/**
 * What a slider's box shows.
 * @param {Model} model
 */
function readout(model) {
  if (model.has("index")) return /** @type {string[]} */ (model.get("_options_labels"))[Number(model.get("index"))];
  const digits = Number(String(model.get("readout_format")).replace(".", "")) || 6;
  return String(Number(Number(model.get("value")).toPrecision(digits))).replace("-", "−");
}

/**
 * A slider on the places of its table: a ladder moves by its index, any other one by value.
 * @param {Model} model
 */
function slider(model) {
  const el = make("div", "lm-Widget jupyter-widgets widget-inline-hbox widget-slider widget-hslider");
  label(el, model);
  const isLadder = model.has("index");
  const name = isLadder ? "index" : "value";
  /** @type {Track} */
  const track = make("div", "slider", make("div", "slider-container", el));
  const shown = make("div", "widget-readout", el);
  const places = /** @type {number[] | undefined} */ (model.get("places"));
  const last = /** @type {string[]} */ (model.get("_options_labels") ?? []).length - 1;
  const bounds = places ? [places[0], places[places.length - 1]] : [Number(model.get("min")), Number(model.get("max"))];
  const [low, high] = isLadder ? [0, last] : bounds;
  const isFixed = high <= low || !places || places.length < 2;
  const inner = places && !isLadder ? places.slice(1, -1) : [];
  const range = {
    min: low,
    max: high > low ? high : low + 1,
    ...Object.fromEntries(inner.map((v) => [`${(100 * (v - low)) / (high - low)}%`, v])),
  };
  const start = Number(model.get(name));
  window.noUiSlider?.create(track, {
    start,
    range,
    snap: inner.length > 0,
    step: isLadder ? 1 : undefined,
  });
  shown.textContent = readout(model);
  if (isFixed) track.setAttribute("disabled", "true");
  else shown.contentEditable = "true";
  track.noUiSlider?.on(
    "update",
    (/** @type {string[]} */ _texts, /** @type {number} */ _handle, /** @type {number[]} */ values) => {
      const value = isLadder ? Math.round(values[0]) : nearest(places, values[0]);
      model.set(name, value);
      shown.textContent = readout(model);
    },
  );
  model.on(`change:${name}`, () => {
    if (Math.abs(track.noUiSlider?.get(true) - Number(model.get(name))) > 1e-9) track.noUiSlider?.set(model.get(name));
  });
  return el;
}

/**
 * @param {number[] | undefined} places
 * @param {number} value
 */
function nearest(places, value) {
  if (!places) return value;
  return places.reduce((best, place) => (Math.abs(place - value) < Math.abs(best - value) ? place : best));
}

/** @type {Record<string, (model: Model) => HTMLElement>} */
const KINDS = {
  VBoxModel: (model) => box(model, "widget-vbox"),
  HBoxModel: (model) => box(model, "widget-hbox"),
  HTMLModel: words,
  ButtonModel: button,
  DropdownModel: dropdown,
  RadioButtonsModel: choices,
  FloatTextModel: textBox,
  TextModel: textBox,
  FloatSliderModel: slider,
  SelectionSliderModel: slider,
  AnyModel: () => make("div", "lm-Widget jupyter-widgets"),
};

/** Where anywidgets were put, for the host to fill. @type {{ model: Model, el: HTMLElement }[]} */
export const waiting = [];

/**
 * A widget's element, with its children's in it.
 * @param {Model} model
 */
export function viewOf(model) {
  const el = KINDS[String(model.get("_model_name"))](model);
  el.classList.add(...(model.state._dom_classes ? /** @type {string[]} */ (model.state._dom_classes) : []));
  const layout = model.state.layout ? model.widget_manager.at(String(model.state.layout)).state : {};
  for (const [name, value] of Object.entries(layout)) {
    if (name[0] !== "_") el.style.setProperty(name.replaceAll("_", "-"), String(value));
  }
  if (model.has("module")) waiting.push({ model, el });
  return el;
}
