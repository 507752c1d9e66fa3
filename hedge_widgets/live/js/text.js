// A text: blocks of lines whose numbers and words follow the picture.

import { formatted } from "./numbers.js";
import { keepRoom, watchHeights } from "./room.js";

/** @import { NumberFormat } from "./messages.js" */
/** @import { Row } from "./rows.js" */
/** @import { Store } from "./store.js" */

/** @typedef {{ templates: string[], pick: string, kind: string }} LineSpec */

/**
 * What LiveText writes as its spec.
 * @typedef {object} TextSpec
 * @property {{ label: string, tone: string, tip: string, lines: LineSpec[] }[]} blocks
 * @property {Record<string, string | string[]>} slots a format, "words:name" of the page, or words
 * @property {Record<string, number | null>} values
 * @property {boolean} announce
 */

/**
 * A line on the page: which of its templates it shows, and where its slots are.
 * @typedef {LineSpec & { node: HTMLElement, chosen: number, spans: { span: HTMLElement, slot: string }[] }} Line
 */

const MARGIN_PX = 8;

/**
 * A slot's number as a text: chosen from words, or written by its format.
 * @param {string | string[]} rule
 * @param {number | null} value
 * @param {Record<string, NumberFormat>} formats
 */
export function wordOf(rule, value, formats) {
  return Array.isArray(rule) ? (rule[value ?? -1] ?? "") : formatted(value, formats[rule]);
}

/**
 * A template's pieces: text at even places, the names of slots at odd ones.
 * @param {string} template
 */
export const pieces = (template) => template.split(/\{(\w+)\}/);

/** A text that follows the picture. */
export class Text {
  /**
   * @param {PartModel} model
   * @param {HTMLElement} el
   * @param {Store} store
   */
  constructor(model, el, store) {
    this.store = store;
    this.key = model.get("key");
    /** @type {TextSpec} */
    this.spec = JSON.parse(model.get("spec"));
    this.values = { ...this.spec.values };
    this.el = el;
    /** @type {HTMLElement | undefined} */
    this.tip = undefined;
    this.root = el.appendChild(document.createElement("div"));
    this.root.className = `hw-readout hw-readout-${this.key}`;
    this.blocks = this.spec.blocks.map((block) => this.blockOf(block));
    if (this.spec.announce) {
      this.said = el.appendChild(document.createElement("div"));
      this.said.className = "hw-said";
      this.said.setAttribute("role", "status");
      this.said.setAttribute("aria-live", "polite");
    }
    this.write();
    /** @type {HTMLElement | null} */
    const lead = this.root.querySelector(".hw-lead");
    this.heights = this.spec.announce && lead ? watchHeights(lead) : null;
  }

  now() {
    return { ...this.spec, values: this.values };
  }

  /** @param {TextSpec["blocks"][number]} block */
  blockOf({ label, tone, tip, lines }) {
    const box = this.root.appendChild(document.createElement("div"));
    box.className = "hw-block";
    if (label && tip) this.explain(box.appendChild(document.createElement("button")), label, tip);
    else if (label)
      Object.assign(box.appendChild(document.createElement("div")), { className: "hw-label", textContent: label });
    return {
      box,
      tone,
      lines: lines.map((line) => {
        const node = box.appendChild(document.createElement("div"));
        node.className = `hw-line hw-${line.kind}`;
        return /** @type {Line} */ ({ ...line, node, chosen: -1, spans: [] });
      }),
    };
  }

  /**
   * What a figure is, for a mouse that rests on its name and for a finger or a key that presses it.
   * @param {HTMLButtonElement} button
   * @param {string} label
   * @param {string} words
   */
  explain(button, label, words) {
    button.className = "hw-label";
    button.textContent = label;
    button.type = "button";
    button.title = words;
    this.tip ??= this.el.appendChild(document.createElement("div"));
    const { tip } = this;
    tip.className = "hw-tip";
    tip.popover = "auto";
    tip.setAttribute("role", "status");
    button.addEventListener("click", () => {
      const { left, bottom } = button.getBoundingClientRect();
      tip.textContent = words;
      tip.togglePopover(true);
      const { width, height } = tip.getBoundingClientRect();
      tip.style.left = `${Math.max(MARGIN_PX, Math.min(left, innerWidth - width - MARGIN_PX))}px`;
      tip.style.top = `${Math.max(MARGIN_PX, Math.min(bottom + 4, innerHeight - height - MARGIN_PX))}px`;
    });
  }

  /**
   * @param {Row} row
   * @param {boolean} isExact
   */
  paint(row, isExact) {
    this.values = this.valuesIn(row);
    this.write();
    if (isExact && this.said) this.said.textContent = this.root.textContent;
  }

  /**
   * @param {Row} row
   * @returns {Record<string, number | null>}
   */
  valuesIn(row) {
    const values = { ...this.values };
    for (const name of Object.keys(values)) {
      const value = row(`${this.key}/${name}`);
      if (value !== undefined) values[name] = value[0];
    }
    return values;
  }

  /**
   * Slider i is in hand, none below 0. The figures of tiles have one line each.
   * @param {number} i
   */
  foresee(i) {
    if (!this.root.matches(".hw-readout-tiles")) keepRoom(this, i);
  }

  remove() {
    this.heights?.disconnect();
  }

  write() {
    for (const { box, tone, lines } of this.blocks) {
      if (tone) box.classList.toggle("hw-danger", this.values[tone] === 1);
      for (const line of lines) {
        const chosen = this.caseOf(line);
        if (chosen !== line.chosen) this.build(line, chosen);
        for (const { span, slot } of line.spans) {
          const text = this.word(slot);
          if (span.textContent !== text) span.textContent = text;
        }
      }
    }
  }

  /**
   * @param {Line} line
   * @param {number} chosen
   */
  build(line, chosen) {
    line.chosen = chosen;
    line.spans = [];
    line.node.replaceChildren();
    pieces(line.templates[chosen] ?? "").forEach((piece, k) => {
      if (k % 2 === 0) {
        line.node.append(piece);
        return;
      }
      const span = line.node.appendChild(document.createElement("span"));
      span.className = `hw-slot hw-slot-${piece}`;
      line.spans.push({ span, slot: piece });
    });
  }

  /**
   * Which of its templates a line shows.
   * @param {LineSpec} line
   */
  caseOf({ pick }, values = this.values) {
    return pick ? (values[pick] ?? 0) : 0;
  }

  /**
   * @param {LineSpec} line
   * @param {number} chosen
   */
  slotsOf({ templates }, chosen) {
    return pieces(templates[chosen] ?? "").filter((_piece, k) => k % 2);
  }

  /** @param {string} slot */
  word(slot, values = this.values) {
    const rule = this.spec.slots[slot];
    const isShared = !Array.isArray(rule) && rule.startsWith("words:");
    const words = isShared ? this.store.live.get("words")[rule.slice("words:".length)] : rule;
    return wordOf(words, values[slot], this.store.settings.formats);
  }
}
