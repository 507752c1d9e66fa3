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
})();
