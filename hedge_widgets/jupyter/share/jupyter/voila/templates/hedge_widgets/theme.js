(() => {
  const root = document.documentElement, key = "hedge-widgets-theme";
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let choice = null;
    try { choice = localStorage.getItem(key); } catch { /* storage is off: follow the system */ }
    root.dataset.hwTheme = choice === "light" || choice === "dark" ? choice : prefersDark.matches ? "dark" : "light";
  };
  apply();
  prefersDark.addEventListener("change", apply);
  addEventListener("storage", (event) => { if (event.key === key || event.key === null) apply(); });
  // A text that is wider than a phone, such as a formula, scrolls: by keys too.
  const scrolls = new ResizeObserver((texts) => {
    for (const { target } of texts) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  addEventListener("DOMContentLoaded", () => {
    for (const text of document.querySelectorAll(".jp-RenderedMarkdown")) scrolls.observe(text);
  });
})();
