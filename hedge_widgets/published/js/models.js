// Widgets without a kernel: what Python wrote down of them, in the shape that anywidget and the live module know.

/** @typedef {Record<string, unknown>} State */
/** @typedef {(...said: any[]) => void} Listener */

const REFERENCE = "IPY_MODEL_";

/** A widget's model: its state, and who listens to it. */
export class Model {
  /**
   * @param {string} id
   * @param {State} state
   * @param {Models} widgets
   */
  constructor(id, state, widgets) {
    this.model_id = id;
    this.state = state;
    this.widget_manager = widgets;
    this.comm_live = true;
    /** @type {Map<string, Set<Listener>>} */
    this.listeners = new Map();
    /** @type {State} */
    this.changes = {};
    /** @type {(message: any) => void} */
    this.answer = () => {};
  }

  /** @param {string} name */
  get(name) {
    return this.state[name];
  }

  /** @param {string} name */
  has(name) {
    return this.state[name] !== undefined;
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  set(name, value) {
    if (this.state[name] === value) return;
    this.state[name] = value;
    this.changes = { [name]: value };
    this.say(`change:${name}`, this, value);
    this.say("change", this);
  }

  save_changes() {}

  changedAttributes() {
    return this.changes;
  }

  /** @param {unknown} message */
  send(message) {
    queueMicrotask(() => this.answer(message));
  }

  /**
   * @param {string} events separated by blanks
   * @param {Listener} act
   */
  on(events, act) {
    for (const event of events.split(" ")) {
      if (!this.listeners.has(event)) this.listeners.set(event, new Set());
      this.listeners.get(event)?.add(act);
    }
  }

  /**
   * @param {string} events
   * @param {Listener} act
   */
  off(events, act) {
    for (const event of events.split(" ")) this.listeners.get(event)?.delete(act);
  }

  /**
   * @param {string} event
   * @param {...unknown} said
   */
  say(event, ...said) {
    for (const act of [...(this.listeners.get(event) ?? [])]) act(...said);
  }
}

/** All models of a page, by id. */
export class Models {
  /** @param {Record<string, State>} states */
  constructor(states) {
    this.all = new Map(Object.entries(states).map(([id, state]) => [id, new Model(id, state, this)]));
  }

  /**
   * @param {string} id with or without what marks a reference
   * @returns {Model}
   */
  at(id) {
    const model = this.all.get(id.startsWith(REFERENCE) ? id.slice(REFERENCE.length) : id);
    if (!model) throw new Error(`the page has no widget ${id}`);
    return model;
  }

  /** @param {string} id */
  get_model(id) {
    return Promise.resolve(this.at(id));
  }
}
