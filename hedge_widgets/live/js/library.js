// plotly.js, once per window: from our own page template, else from the kernel.

/** @import { FromKernel } from "./messages.js" */

const PATIENCE_MS = 60_000;
const PUBLISHED = (/** @type {string} */ version) =>
  `https://cdn.jsdelivr.net/npm/plotly.js-cartesian-dist-min@${version}/plotly-cartesian.min.js`;

/**
 * plotly.js where the page has it already, in the version that the charts are made for.
 * @param {string} version
 */
const present = (version) => (window.Plotly?.version === version ? window.Plotly : null);

/**
 * plotly.js of the version that the kernel has. A failure is forgotten, so that it can be tried again.
 * @param {LiveModel} live
 * @returns {Promise<PlotlyLibrary>}
 */
export function plotly(live) {
  const version = live.get("settings").plotly;
  window.__hedgePlotly ??= {};
  const cache = window.__hedgePlotly;
  cache[version] ??= loadPlotly(live, version);
  const loading = cache[version];
  return loading.catch((error) => {
    if (cache[version] === loading) delete cache[version];
    throw error;
  });
}

/**
 * @param {LiveModel} live
 * @param {string} version
 */
async function loadPlotly(live, version) {
  const found = present(version);
  if (found) return found;
  try {
    await window.hedgeWidgetsPlotly; // our own page template fetches it while Voila starts
    const fetched = present(version);
    if (fetched) return fetched;
  } catch {
    // the server has no such file: ask the kernel
  }
  const text = await (live.comm_live === false ? fetchedPlotly(live) : sentPlotly(live));
  // The wrapper hides a page's AMD or CommonJS loader, which would swallow the global.
  const parts = ["(function(define,module,exports){", text, "\n}).call(window);"];
  const address = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  const other = window.Plotly; // of another version, and somebody else's
  try {
    await addScript(address);
  } finally {
    URL.revokeObjectURL(address);
  }
  const started = present(version);
  if (other) window.Plotly = other;
  if (!started) throw new Error(`plotly.js ${version} did not start`);
  return started;
}

/**
 * plotly.js of a page that no kernel stands behind: from the notebook's server, or as its makers publish it.
 * @param {LiveModel} live
 */
async function fetchedPlotly(live) {
  const { plotly: version, integrity } = live.get("settings");
  const { baseUrl } = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
  for (const address of [...(baseUrl ? [`${baseUrl}hedge_widgets/plotly.js`] : []), PUBLISHED(version)]) {
    const answer = await fetch(address, { integrity }).catch(() => null);
    if (answer?.ok) return answer.blob();
  }
  throw new Error(`no kernel is there to send it, and ${new URL(PUBLISHED(version)).host} does not answer`);
}

/** @param {LiveModel} live */
async function sentPlotly(live) {
  const bytes = await packedPlotly(live);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).blob();
}

/**
 * @param {LiveModel} live
 * @returns {Promise<Buffer>}
 */
function packedPlotly(live) {
  return new Promise((resolve, reject) => {
    /** @type {(message: FromKernel, buffers: Buffer[]) => void} */
    const take = (message, buffers) => {
      if (message.kind !== "plotly") return;
      live.off("msg:custom", take);
      clearTimeout(timer);
      resolve(buffers[0]);
    };
    const timer = setTimeout(() => {
      live.off("msg:custom", take);
      reject(new Error("the chart library did not arrive"));
    }, PATIENCE_MS);
    live.on("msg:custom", take);
    live.send({ kind: "plotly" });
  });
}

/** @param {string} address */
function addScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = resolve;
    script.onerror = () => reject(new Error("the chart library is damaged"));
    script.src = address;
    document.head.append(script);
  });
}
