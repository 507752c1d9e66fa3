// Behind a chart: a table of what it draws, for whoever cannot see it or wants its numbers.

import { sheetOf } from "./contents.js";

/** @import { Chart } from "./chart.js" */
/** @import { Contents, Drawn, DrawnLayout } from "./contents.js" */

/**
 * @param {HTMLElement} line
 * @param {"td" | "th"} tag
 * @param {string} text
 * @param {"" | "row" | "col"} scope
 */
function addCell(line, tag, text, scope) {
  const cell = line.appendChild(document.createElement(tag));
  cell.textContent = text;
  if (cell instanceof HTMLTableCellElement && scope) cell.scope = scope;
}

/**
 * @param {string} label of the chart
 * @param {Contents} contents
 */
function tableFrom(label, { title, head, rows, note }) {
  const table = document.createElement("table");
  table.className = "hw-figures hw-drawn";
  table.createCaption().textContent = [title, note].filter(Boolean).join("; ") || label;
  const top = table.createTHead().insertRow();
  for (const words of head) addCell(top, words ? "th" : "td", words, words ? "col" : "");
  const body = table.createTBody();
  for (const [first, ...cells] of rows) {
    const line = body.insertRow();
    addCell(line, "th", first, "row");
    for (const cell of cells) addCell(line, "td", cell, "");
  }
  return table;
}

/** The button over a chart and the table that it opens; closed, it costs the hand nothing. */
export class Sheet {
  /**
   * @param {Chart} chart
   * @param {HTMLElement} el what the chart is drawn in
   */
  constructor(chart, el) {
    this.chart = chart;
    this.el = el;
    const { label } = chart.spec;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "hw-button hw-sheet";
    this.button.onclick = () => this.toggle();
    this.button.setAttribute("aria-label", `Show as a table: ${label}`);
    this.button.setAttribute("aria-expanded", "false");
    this.button.textContent = "Show as a table";
    el.prepend(this.button);
    this.place = document.createElement("div");
    this.place.className = "hw-scroll hw-sheet-place";
    this.place.tabIndex = 0;
    this.place.hidden = true;
    this.place.setAttribute("role", "group");
    this.place.setAttribute("aria-label", `Table: ${label}`);
    el.append(this.place);
  }

  toggle() {
    this.place.hidden = !this.place.hidden;
    const verb = this.place.hidden ? "Show as a" : "Hide the";
    this.button.textContent = `${verb} table`;
    this.button.setAttribute("aria-label", `${verb} table: ${this.chart.spec.label}`);
    this.button.setAttribute("aria-expanded", String(!this.place.hidden));
    this.el.closest(".hw-card")?.classList.toggle("hw-with-sheet", !this.place.hidden);
    this.place.replaceChildren();
    this.follow();
  }

  /** The picture at rest is another one. */
  follow() {
    if (this.place.hidden) return;
    const { data, layout } = this.chart.drawn();
    const { formats } = this.chart.store.settings;
    const contents = sheetOf(/** @type {Drawn[]} */ (data), /** @type {DrawnLayout} */ (layout), formats);
    this.place.replaceChildren(tableFrom(this.chart.spec.label, contents));
  }
}
