"""The two pages to compare with: the same figures by plotly.js alone, and the same page built on FigureWidget."""

import functools
import http.server
import importlib.util
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np

from hedge_widgets import HedgeSimulator, style
from hedge_widgets.live import LiveChart

STATIC = """<!doctype html><meta charset="utf-8"><body style="margin:20px">
<div id="slider" tabindex="0" role="slider" style="position:relative;width:292px;height:20px;background:#ddd">
<div id="handle" style="position:absolute;width:20px;height:20px;border-radius:50%;background:#06c"></div></div>
<script src="plotly.min.js"></script><script>
const load = async () => {
  const { charts, start, count } = await (await fetch("figures.json")).json();
  for (const { id, data, layout } of charts) {
    document.body.appendChild(document.createElement("div")).id = id;
    await Plotly.newPlot(id, data, layout, { displayModeBar: false });
  }
  const slider = document.getElementById("slider");
  const handle = document.getElementById("handle");
  let at = start;
  const show = (row) => {
    const next = Math.max(0, Math.min(count - 1, row));
    if (next === at) return;
    at = next;
    handle.style.left = `${(100 * at) / (count - 1)}%`;
    for (const { id, updates, traces } of charts) Plotly.restyle(id, updates[at], traces);
  };
  slider.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(at + 1);
    if (event.key === "ArrowLeft") show(at - 1);
  });
  handle.addEventListener("pointerdown", (event) => { event.preventDefault(); slider.dragging = true; });
  document.addEventListener("pointermove", (event) => {
    if (!slider.dragging) return;
    const box = slider.getBoundingClientRect();
    show(Math.round(((event.clientX - box.left) / box.width) * (count - 1)));
  });
  document.addEventListener("pointerup", () => { slider.dragging = false; });
  handle.style.left = `${(100 * at) / (count - 1)}%`;
  window.__ready = true;
};
load();
</script></body>"""


def _charts(simulator: Any) -> dict[str, LiveChart]:
    return {part.key: part for part in simulator.live._parts if isinstance(part, LiveChart)}


def _plain(values: Any) -> Any:
    return [None if isinstance(v, float) and v != v else v for v in np.asarray(values).tolist()]


def _row(chart: LiveChart, columns: dict[str, Any], texts: dict[str, str], k: int) -> dict[int, dict[str, Any]]:
    """Return {trace: {attribute: values}} of one row of a chart's live columns."""
    update: dict[int, dict[str, Any]] = {}
    for key, rows in columns.items():
        trace, name = key.split("/")
        values = np.asarray(rows)[k if len(np.asarray(rows)) > 1 else 0]
        if key in texts:
            shown = [style.formatted(float(v), texts[key]) if v == v else "" for v in values]
            update.setdefault(int(trace), {})[name] = shown
        else:
            update.setdefault(int(trace), {})[name] = _plain(values)
    return update


def figures(simulator: Any, slider: str, sizes: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """Return an explorer's own figure specs with, for every position of a slider, what restyle needs.

    Only the charts of ``sizes`` are drawn: those a person sees beside the slider.
    """
    positions = simulator.live._positions[slider]
    start = int(np.argmin(np.abs(positions - simulator.live.values[slider])))
    picture = simulator.live.picture(**{slider: positions})
    charts = []
    for key, chart in _charts(simulator).items():
        if key not in sizes:
            continue
        spec = style.resolved(chart.figure_spec(simulator.live.picture()), "light")
        spec["layout"] |= {"width": sizes[key][0], "height": sizes[key][1], "autosize": False}
        texts = json.loads(chart.spec)["texts"]
        columns = {k: v for k, v in chart.columns(picture).items() if len(np.asarray(v)) > 1}
        rows = [_row(chart, columns, texts, k) for k in range(len(positions))]
        traces = sorted(rows[0])
        names = sorted({name for update in rows[0].values() for name in update})
        updates = [{name: [row[t].get(name) for t in traces if name in row[t]] for name in names} for row in rows]
        whole = all(len(values) == len(traces) for values in updates[0].values())
        if not whole:  # restyle takes one value a trace: an attribute some traces do not move keeps its first value
            updates = [
                {name: [row[t].get(name, spec["data"][t].get(name)) for t in traces] for name in names} for row in rows
            ]
        charts.append({"id": key, **spec, "updates": updates, "traces": traces})
    return {"charts": charts, "start": start, "count": len(positions)}


def static_server(folder: Path, content: dict[str, Any]) -> str:
    """Serve the plotly.js-alone page on a loopback port and return its address."""
    plotly = importlib.util.find_spec("plotly")
    assert plotly is not None
    assert plotly.origin is not None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(STATIC, encoding="utf-8")
    (folder / "figures.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "plotly.min.js").symlink_to(Path(plotly.origin).parent / "package_data" / "plotly.min.js")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/index.html"


def figure_widget_page() -> Any:
    """Return the simulator's main slider and both charts the usual way: FigureWidget and observe."""
    import ipywidgets
    import plotly.graph_objects as go

    simulator = HedgeSimulator()
    charts = _charts(simulator)
    widgets = {
        key: go.FigureWidget(style.resolved(chart.figure_spec(simulator.live.picture()), "light"))
        for key, chart in charts.items()
    }
    slider = ipywidgets.FloatSlider(value=75, min=0, max=150, step=1, description="hedge ratio")
    slider.add_class("bench-slider")

    def moved(change: Any) -> None:
        picture = simulator.live.picture(coverage=change["new"])
        for key, chart in charts.items():
            row = _row(chart, dict(chart.columns(picture)), json.loads(chart.spec)["texts"], 0)
            with widgets[key].batch_update():
                for trace, values in row.items():
                    widgets[key].data[trace].update(values)

    slider.observe(moved, "value")
    return ipywidgets.VBox([slider, *widgets.values()])


def figure_widget_notebook(folder: Path) -> Path:
    """Write the FigureWidget page's notebook and return it."""
    cell = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "id": "a"}
    cell["source"] = "from tests.bench.pages import figure_widget_page\nfigure_widget_page()"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path = folder / "figurewidget.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path
