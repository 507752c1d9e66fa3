// Light and dark, and large for a projector: which of them the page shows, and a chart's colours and sizes in it.

/**
 * The theme of the page, "light" or "dark".
 * @returns {string}
 */
export const theme = () => document.documentElement.dataset.hwScheme ?? "";

/** Whether what lies behind a page is dark: the first colour that is one, however written, else as the system likes. */
function isDark() {
  for (const part of [document.body, document.documentElement]) {
    const pixel = new OffscreenCanvas(1, 1).getContext("2d");
    if (!pixel) break;
    pixel.fillStyle = getComputedStyle(part).backgroundColor;
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    if (alpha > 128) return 0.3 * red + 0.6 * green + 0.1 * blue < 128;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function currentTheme() {
  const chosen = document.documentElement.dataset.hwTheme; // our own template's choice
  if (chosen) return chosen;
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false" ? "dark" : "light";
  return isDark() ? "dark" : "light";
}

const CHANGED_MS = 500; // a host's own colours may take a moment to change

/** Follow the theme of the page, of what it stands in or of the system; a change is an event "hw-scheme". */
export function followTheme() {
  if (theme()) return;
  const apply = () => {
    const now = currentTheme();
    if (now === theme()) return;
    document.documentElement.dataset.hwScheme = now;
    document.dispatchEvent(new Event("hw-scheme"));
  };
  apply();
  const observer = new MutationObserver(() => {
    apply();
    setTimeout(apply, CHANGED_MS);
  });
  const attributeFilter = ["data-hw-theme", "data-jp-theme-light", "data-theme", "class", "style"];
  for (const part of [document.documentElement, document.body]) observer.observe(part, { attributeFilter });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}

/**
 * A spec with the colours of a theme in place of their names, "@spot".
 * @param {unknown} spec
 * @param {Record<string, string>} colours
 * @returns {unknown}
 */
export function coloured(spec, colours) {
  if (typeof spec === "string") return spec.startsWith("@") ? (colours[spec.slice(1)] ?? spec) : spec;
  if (Array.isArray(spec)) return spec.map((item) => coloured(item, colours));
  if (spec && typeof spec === "object" && !ArrayBuffer.isView(spec))
    return Object.fromEntries(Object.entries(spec).map(([key, value]) => [key, coloured(value, colours)]));
  return spec;
}

const LARGER = 1.7; // a chart's type and lines in a room
const SIZED = new Set(["size", "l", "r", "t", "b", "standoff", "zerolinewidth"]);

/** Whether the page is shown to a room. */
export const isPresented = () => document.documentElement.dataset.hwPresent !== undefined;

/**
 * A spec with larger type, thicker lines and the room that they need.
 * @param {unknown} spec
 * @param {string} key under which it lies
 * @param {string} above the key of what it lies in
 * @returns {unknown}
 */
export function enlarged(spec, key = "", above = "") {
  if (typeof spec === "number")
    return SIZED.has(key) || (key === "width" && above === "line") ? Math.round(LARGER * spec * 10) / 10 : spec;
  if (Array.isArray(spec)) return spec.map((item) => enlarged(item, key, above));
  if (spec && typeof spec === "object" && !ArrayBuffer.isView(spec))
    return Object.fromEntries(Object.entries(spec).map(([name, value]) => [name, enlarged(value, name, key)]));
  return spec;
}
