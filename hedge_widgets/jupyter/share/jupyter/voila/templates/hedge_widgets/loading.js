(() => {
  const late = setTimeout(() => { document.getElementById("hw-loading-late").hidden = false; }, 8000);
  let watcher;
  let isDone = false;
  const done = () => {
    if (isDone) return;
    isDone = true;
    clearTimeout(late);
    watcher?.disconnect();
    document.getElementById("loading")?.remove();
    window.hedgeFirst?.(); // the first picture gives way
  };
  // The first chart ends the wait; a page without one gets a moment after its first widget, a failed one none.
  const look = () => {
    const cells = document.getElementById("rendered_cells");
    if (cells.querySelector(".main-svg, .hw-notice, .jp-RenderedText[data-mime-type*=stderr]")) return done();
    if (!window.hedgeFirst && cells.querySelector(".jupyter-widgets")) setTimeout(done, 2000);
  };
  // On a busy machine the widget manager now and then asks for a widget before it knows it, and says so in its place:
  // the page is then loaded again, once; what fails twice is shown.
  const retried = "hedge-widgets-retried";
  const guard = setInterval(() => {
    const cells = document.getElementById("rendered_cells");
    if (!cells) return; // a first picture is here before them
    if (cells.querySelector(".main-svg")) {
      sessionStorage.removeItem(retried);
      clearInterval(guard);
    } else if (!sessionStorage.getItem(retried)) {
      const outputs = [...cells.querySelectorAll(".jp-OutputArea-output")];
      if (!outputs.some((node) => node.textContent.startsWith("Error displaying widget"))) return;
      sessionStorage.setItem(retried, "yes");
      location.reload();
    }
  }, 1000);
  window.voila_heartbeat = () => {};
  window.voila_process = () => {};
  window.voila_finish = () => {
    window.voila_finish = () => {};
    watcher = new MutationObserver(look);
    watcher.observe(document.getElementById("rendered_cells"), { childList: true, subtree: true });
    setTimeout(() => (window.hedgeFirst ? window.hedgeLate?.() : done()), 30000);
    look();
  };
})();
