// Room for what moves: how high the sentence and its card are, and how high a text becomes under the hand.

/** @import { Row } from "./rows.js" */
/** @import { Store } from "./store.js" */
/** @import { Line, Text } from "./text.js" */

/** @typedef {Record<string, number | null>} Values */

const N_TRIED = 60; // rows of a table, and every one in which words change
const N_MEASURED = 4; // of the longest: as many characters may need another line

/** What is measured, and the name by which the style knows it. */
const MEASURED = [
  [".hw-lead", "--hw-lead"],
  [".hw-story", "--hw-story"],
];

/**
 * Keep the heights of a page written in its style, from when its sentence is on the page.
 * @param {HTMLElement} sentence
 */
export function watchHeights(sentence) {
  let isWhole = false;
  const observer = new ResizeObserver(() => {
    /** @type {HTMLElement | null} */
    const root = sentence.closest(".hw-root");
    if (!root) return;
    for (const [selector, name] of MEASURED) {
      /** @type {HTMLElement | null} */
      const part = root.querySelector(selector);
      if (!part) continue;
      if (!isWhole) observer.observe(part);
      const height = `${part.offsetHeight}px`;
      if (root.style.getPropertyValue(name) !== height) root.style.setProperty(name, height);
    }
    isWhole = true;
  });
  observer.observe(sentence);
  return observer;
}

/**
 * The rows of slider i's table in which a text may be longest.
 * @param {Store} store
 * @param {number} i
 * @param {string[]} picks the columns that choose words
 */
function rowsToTry(store, i, picks) {
  const at = store.at();
  const rows = store.positions[i].map((place) =>
    store.row(
      i,
      at.map((value, k) => (k === i ? place : value)),
    ),
  );
  const every = Math.ceil(rows.length / N_TRIED);
  let before = "";
  return rows.filter((row, k) => {
    if (!row) return false;
    const cases = picks.map((name) => row(name)?.[0]).join();
    const isNew = cases !== before;
    before = cases;
    return isNew || k % every === 0 || k === rows.length - 1;
  });
}

/**
 * The values at which a line has the most characters, a few of each of its cases.
 * @param {Text} text
 * @param {Line} line
 * @param {Values[]} tried
 */
function longest(text, line, tried) {
  const sized = tried.map((values) => {
    const chosen = text.caseOf(line, values);
    const size = text.slotsOf(line, chosen).reduce((sum, slot) => sum + text.word(slot, values).length, 0);
    return { values, chosen, size };
  });
  sized.sort((one, other) => other.size - one.size);
  /** @type {Map<number, number>} */
  const taken = new Map();
  return sized.filter(({ chosen }) => {
    taken.set(chosen, (taken.get(chosen) ?? 0) + 1);
    return (taken.get(chosen) ?? 0) <= N_MEASURED;
  });
}

/**
 * How high the lines of a text become at the values tried: each is laid out unseen where it stands.
 * @param {Text} text
 * @param {Line[]} lines
 * @param {Values[]} tried
 */
function heightsOf(text, lines, tried) {
  const widths = lines.map(({ node }) => node.offsetWidth); // all are read before anything is written: one layout
  const probes = lines.map((line, k) =>
    longest(text, line, tried).map(({ chosen, values }) => {
      const node = document.createElement("div");
      node.className = line.node.className;
      node.style.cssText = `position: absolute; visibility: hidden; width: ${widths[k]}px`;
      /** @type {Line} */
      const probe = { ...line, node, chosen: -1, spans: [] };
      text.build(probe, chosen);
      for (const { span, slot } of probe.spans) span.textContent = text.word(slot, values);
      return line.node.parentNode?.appendChild(node) ?? node;
    }),
  );
  const heights = probes.map((nodes) => Math.max(0, ...nodes.map((node) => node.getBoundingClientRect().height)));
  for (const node of probes.flat()) node.remove();
  return heights;
}

/**
 * Give every line of a text room for its longest case on slider i while that is in hand, so that nothing below jumps;
 * without one (below 0) the room goes.
 * @param {Text} text
 * @param {number} i
 */
export function keepRoom(text, i) {
  const { store, key } = text;
  const lines = text.blocks.flatMap((block) => block.lines);
  if (i >= 0 && !store.root.activeElement?.closest(store.classOf(i))) return;
  const slots = Object.entries(text.spec.slots).filter(([, rule]) => Array.isArray(rule) || rule.startsWith("words:"));
  const picks = [...lines.map(({ pick }) => pick), ...slots.map(([slot]) => slot)].map((name) => `${key}/${name}`);
  const rows = i < 0 ? [] : rowsToTry(store, i, picks);
  if (i >= 0 && !rows.length) return;
  const tried = rows.map((row) => text.valuesIn(/** @type {Row} */ (row)));
  const heights = tried.length ? heightsOf(text, lines, tried) : lines.map(() => 0);
  lines.forEach(({ node }, k) => {
    node.style.minHeight = `${Math.ceil(heights[k])}px`;
    node.classList.toggle("hw-kept", heights[k] > 0);
  });
}
