window.hedgeWidgetsPlotly = new Promise((resolve, reject) => {
  const script = document.createElement("script");
  script.src = document.querySelector("meta[name=hedge-widgets-plotly]").content;
  script.onload = () => resolve(window.Plotly);
  script.onerror = () => reject(new Error("plotly.js could not be loaded"));
  // The script is here early, but running it takes a while: do that while the page waits for its kernel's socket.
  const run = () => { clearTimeout(timer); waits.disconnect(); if (!script.isConnected) document.head.append(script); };
  const waits = new PerformanceObserver((list) => {
    if (list.getEntries().some((entry) => entry.name.includes("/api/kernels/"))) run();
  });
  waits.observe({ type: "resource", buffered: true });
  const timer = setTimeout(run, 4000);
});
window.hedgeWidgetsPlotly.catch(() => {});
