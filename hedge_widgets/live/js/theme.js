// Light and dark: which of them the page shows, and a chart's colours by name.

/**
 * The theme of the page, "light" or "dark".
 * @returns {string}
 */
export const theme = () => document.documentElement.dataset.hwScheme ?? "";

function currentTheme() {
  const chosen = document.documentElement.dataset.hwTheme; // our own template's choice
  if (chosen) return chosen;
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false" ? "dark" : "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Follow the theme of the page, of JupyterLab or of the system; a change is an event "hw-scheme" of the document. */
export function followTheme() {
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
