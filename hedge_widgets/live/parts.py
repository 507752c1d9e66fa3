"""The parts of a live page: charts, texts and the banner. Each has a spec, sent once, and columns, which move."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from hedge_widgets.live.codec import Columns, columns_of
from hedge_widgets.live.page import Live, LiveView
from hedge_widgets.style import Texts


class _View(LiveView):
    """A displayed part that belongs to a live page."""

    live = traitlets.Instance(ipywidgets.Widget).tag(sync=True, **ipywidgets.widget_serialization)
    role = traitlets.Unicode().tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Unicode().tag(sync=True)

    def layout_changes(self, picture: Any) -> dict[str, Any]:
        """Return nothing: most parts have no layout that changes."""
        return {}


class LiveChart(_View):
    """A plotly chart that is a layout plus ``traces(picture)``; its spec is one row of what its tables hold.

    ``traces`` returns plotly trace dictionaries whose numpy arrays (leading axis: rows) and ``Texts`` are live, all
    else is fixed. ``layout`` returns the plotly layout, ``moving_layout`` the part of it that may change at rest,
    as a flat relayout dictionary. ``label`` is the chart's name for a screen reader. ``handles`` are points to
    drag: the height of ``point`` of ``trace`` moves the slider ``y``, one of whose units is ``unit`` of the axis; its
    share of the axis' width moves the slider ``x``, if one is named, to that share of its range.
    """

    def __init__(
        self,
        live: Live,
        key: str,
        *,
        traces: Callable[[Any], list[dict[str, Any]]],
        layout: Callable[[Any], dict[str, Any]],
        moving_layout: Callable[[Any], dict[str, Any]] = lambda _picture: {},
        label: str,
        handles: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._traces, self._moving_layout = traces, moving_layout
        picture = live.picture()
        drawn = traces(picture)
        spec = {"data": _first(drawn), "layout": layout(picture), "label": label, "texts": _texts(drawn)}
        spec["handles"] = list(handles)
        super().__init__(live=live, role="chart", key=key, spec=json.dumps(spec))
        self.add_class("hw-chart")
        live.add(self)

    def columns(self, picture: Any) -> Columns:
        """Return {"trace/attribute": rows} of every live attribute."""
        return {
            f"{i}/{name}": value.values if isinstance(value, Texts) else value
            for i, trace in enumerate(self._traces(picture))
            for name, value in trace.items()
            if isinstance(value, np.ndarray | Texts)
        }

    def layout_changes(self, picture: Any) -> dict[str, Any]:
        """Return the relayout dictionary for the picture at rest."""
        return self._moving_layout(picture)

    def figure_spec(self, picture: Any) -> dict[str, Any]:
        """Return the plain plotly spec (data, layout) of a picture of one row."""
        return {"data": _first(self._traces(picture)), "layout": json.loads(self.spec)["layout"]}


def _first(traces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def plain(value: Any) -> Any:
        if isinstance(value, Texts):
            return value.written()
        if isinstance(value, np.ndarray):
            return [None if np.isnan(item) else item for item in value[0].tolist()]
        return value

    return [{name: plain(value) for name, value in trace.items()} for trace in traces]


def _texts(traces: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        f"{i}/{name}": value.format
        for i, trace in enumerate(traces)
        for name, value in trace.items()
        if isinstance(value, Texts)
    }


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of text: ``templates`` with ``{slot}`` places, of which the column ``pick`` chooses one.

    A slot is written with its number format, or is a choice of words by its (integer) value. Slots carry their name as
    a CSS class, so that a leg has its colour in words too.
    """

    templates: tuple[str, ...]
    pick: str = ""
    kind: str = "text"


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines under a label; the column ``tone`` marks danger (1). ``tip`` explains, ``source`` names where from."""

    label: str = ""
    lines: tuple[Line, ...] = ()
    tone: str = ""
    tip: str = ""


class LiveText(_View):
    """Readouts: blocks of lines whose numbers and words follow the picture.

    ``slots`` maps a slot to a number format of ``style.FORMATS``, to a tuple of words, or to "words:name" of the page;
    ``values`` returns the slots' columns, and those named by ``pick`` and ``tone``.
    """

    def __init__(
        self,
        live: Live,
        key: str,
        *,
        blocks: Sequence[Block],
        slots: Mapping[str, str | tuple[str, ...]],
        values: Callable[[Any], Columns],
        announce: bool = False,
    ) -> None:
        self._values = values
        first = {name: rows[0].tolist() for name, rows in columns_of(values(live.picture()), 1).items()}
        spec = {
            "blocks": [
                {
                    "label": block.label,
                    "tone": block.tone,
                    "tip": block.tip,
                    "lines": [{"templates": ln.templates, "pick": ln.pick, "kind": ln.kind} for ln in block.lines],
                }
                for block in blocks
            ],
            "slots": {name: list(rule) if isinstance(rule, tuple) else rule for name, rule in slots.items()},
            "values": {name: None if value != value else value for name, value in first.items()},
            "announce": announce,
        }
        super().__init__(live=live, role="text", key=key, spec=json.dumps(spec))
        self.add_class("hw-text")
        live.add(self)

    def columns(self, picture: Any) -> Columns:
        """Return the slots' columns."""
        return self._values(picture)


class LiveMarks(_View):
    """Ticks under sliders at meaningful places, which follow the picture; ``values`` returns {"slider/n": position}.

    ``labels`` names the ticks of each slider in order; positions are in the slider's unit, NaN hides a tick.
    ``remarks`` are sentences about what a slider does here, where no chart says it: ``values`` returns
    {"slider/remark": the number of the sentence that holds}, beyond them for none.
    """

    def __init__(
        self,
        live: Live,
        labels: Mapping[str, Sequence[str]],
        values: Callable[[Any], Columns],
        remarks: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._values = values
        first = {name: rows[0].tolist() for name, rows in columns_of(values(live.picture()), 1).items()}
        spec = {
            "labels": {slider: list(names) for slider, names in labels.items()},
            "remarks": {slider: list(sentences) for slider, sentences in (remarks or {}).items()},
            "values": {name: None if value != value else value for name, value in first.items()},
        }
        super().__init__(live=live, role="marks", key="marks", spec=json.dumps(spec))
        live.add(self)

    def columns(self, picture: Any) -> Columns:
        """Return the ticks' positions."""
        return self._values(picture)


class LiveBanner(_View):
    """Where the page says what went wrong: a refused value, a failed callback, a session that ended."""

    def __init__(self, live: Live) -> None:
        super().__init__(live=live, role="banner", key="banner", spec="{}")
        self.add_class("hw-banner-place")
