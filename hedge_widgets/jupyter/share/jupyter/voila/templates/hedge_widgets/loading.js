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
