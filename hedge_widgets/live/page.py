"""The one live object of a page: it owns the slider tables and the stamps, and answers the browser.

The browser looks up the row of a slider's table and paints it, without a round trip and without a formula. When the
slider rests, the browser sends the positions it shows; the exact picture comes back under the same stamp.
A stamp is (revision, positions). Whatever is not a slider raises the revision, which voids every table.
"""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import json
import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

import anywidget
import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

from hedge_widgets import style
from hedge_widgets.live import codec, script
from hedge_widgets.live.memory import give_back
from hedge_widgets.model.limits import InputError, spoken
from hedge_widgets.resources import VENDOR

FOLDER = Path(__file__).parent
Values = dict[str, npt.NDArray[np.float64]]
Reader = Callable[[ipywidgets.Widget, str], tuple[float, str]]
log = logging.getLogger(__name__)


class Part(Protocol):
    """Something on the page that follows the picture: it names its columns; all of it moves in one message."""

    key: str

    def columns(self, picture: Any) -> codec.Columns:
        """Return the live columns, without the part's key."""

    def layout_changes(self, picture: Any) -> dict[str, Any]:
        """Return what changes at rest only, such as an axis range."""


PLOTLY = VENDOR / "plotly-cartesian.min.js"  # scatter, bar and heat map; a third of the whole of plotly.js


@functools.cache
def plotly_js() -> bytes:
    """Return plotly.js, gzipped: half a megabyte."""
    return gzip.compress(PLOTLY.read_bytes(), 6)


@functools.cache
def plotly_integrity() -> str:
    """Return what a browser knows the file of plotly.js by, wherever it comes from."""
    return f"sha384-{base64.b64encode(hashlib.sha384(PLOTLY.read_bytes()).digest()).decode()}"


@functools.cache
def plotly_version() -> str:
    """Return the version of plotly.js as its first lines say it, the key under which a browser keeps it."""
    with PLOTLY.open(encoding="utf-8") as file:
        head = file.read(200)
    found = re.search(r"plotly\.js \(cartesian - minified\) v(\S+)", head)
    if not found:
        raise ImportError(f"{PLOTLY.name} is not the plotly.js that pages are made for; reinstall hedge_widgets")
    return found[1]


LONGEST_ADDRESS = 20_000  # characters; pages of ours write 2,000
_SCRIPT = script.joined()
_KEY = hashlib.sha256(_SCRIPT.encode()).hexdigest()[:12]
# Every widget carries its script through the kernel's socket, so the page carries the module and the parts a stub that
# waits for it; both know it by its hash, as two versions may meet in one JupyterLab.
_GATE = f"""const gate = () => ((window.__hedgeModules ??= {{}})["{_KEY}"] ??= (() => {{
  const gate = {{}}; gate.opened = new Promise((open) => (gate.open = open)); return gate; }})());
"""


class LiveView(anywidget.AnyWidget):
    """A displayed widget that is drawn by the live module."""

    # Not every host starts a widget that is not displayed, which the page's own is not: it is asked for.
    _esm = f"""{_GATE}export default {{ render: async (context) => {{
  context.host?.getWidget(context.model.get("live").replace("IPY_MODEL_", "anywidget:")).catch(() => {{}});
  return (await gate().opened)(context);
}} }};"""


class Live(anywidget.AnyWidget):
    """Tables, stamps and answers of one page; never displayed itself.

    Parameters
    ----------
    sliders
        Name -> (stock ipywidgets slider, ascending positions in the slider's own unit). The positions are owned here:
        bounds are never read back from traits, which a browser may set.
    picture
        Function of {name: array of shape (rows,)}, slider values in the slider's unit, to whatever the parts draw.
        Raises InputError for values it refuses.
    others
        Controls that are not sliders; a change made by hand voids the tables at once in the browser.
    words
        Name -> words that a text's slot "words:name" chooses from; they may change with the data.
    css
        The page's own style, after what all pages share.
    read
        Function of a control and what was typed into its box, to (the number in the control's unit, a remark or "");
        raises InputError for what it refuses. The browser parses no number.
    """

    _esm = _GATE + _SCRIPT + "export default { initialize: () => gate().open(render) };"
    _css = style.css_variables() + (FOLDER / "live.css").read_text(encoding="utf-8")
    role = traitlets.Unicode("page").tag(sync=True)
    sliders: traitlets.List[Any] = traitlets.List().tag(sync=True, **ipywidgets.widget_serialization)
    others: traitlets.List[Any] = traitlets.List().tag(sync=True, **ipywidgets.widget_serialization)
    names: traitlets.List[str] = traitlets.List().tag(sync=True)
    positions: traitlets.List[Any] = traitlets.List().tag(sync=True)
    units: traitlets.List[str] = traitlets.List().tag(sync=True)
    start: traitlets.List[float] = traitlets.List().tag(sync=True)
    revision = traitlets.Int(0).tag(sync=True)
    notice = traitlets.Unicode("").tag(sync=True)
    refusal: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    words: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    address = traitlets.Unicode("").tag(sync=True)
    settings: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        sliders: Mapping[str, tuple[ipywidgets.DOMWidget, Sequence[float]]],
        picture: Callable[[Values], Any],
        others: Sequence[ipywidgets.Widget] = (),
        units: Mapping[str, str] | None = None,
        words: Mapping[str, Sequence[str]] | None = None,
        read: Reader | None = None,
        css: str = "",
    ) -> None:
        self._css = type(self)._css + css
        self._sliders = {name: slider for name, (slider, _) in sliders.items()}
        self._positions = {name: np.asarray(places, dtype=np.float64) for name, (_, places) in sliders.items()}
        self._picture = picture
        self._parts: list[Part] = []
        self._listeners: list[Callable[[dict[str, float]], None]] = []
        self._arrived: dict[str, Callable[[Any, Any], None]] = {}
        self._read = read
        self._typing: str | None = None
        self._n_refused = 0
        self._revision = 0
        self._good = {name: float(slider.value) for name, slider in self._sliders.items()}
        self._rested = dict(self._good)
        super().__init__(
            sliders=list(self._sliders.values()),
            others=list(others),
            names=list(self._sliders),
            start=list(self._good.values()),
            positions=[places.tolist() for places in self._positions.values()],
            units=[(units or {}).get(name, "") for name in self._sliders],
            words={name: list(choices) for name, choices in (words or {}).items()},
            settings={
                "palette": style.PALETTE,
                "formats": style.FORMATS,
                "plotly": plotly_version(),
                "integrity": plotly_integrity(),
            },
        )
        keys = {f"slider-{name}": slider for name, slider in self._sliders.items()}
        self._controls = keys | {f"other-{k}": other for k, other in enumerate(others)}
        for key, control in self._controls.items():
            control.add_class(f"hw-live-{self.model_id}").add_class(f"hw-{key}")
        self.on_msg(self._answer)

    # -- what the page's Python does -------------------------------------------------------------------------------
    def add(self, part: Part) -> None:
        """Let a part follow the picture; called by the part itself."""
        self._parts.append(part)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return what follows the picture."""
        return tuple(self._parts)

    def on_rest(self, listener: Callable[[dict[str, float]], None]) -> None:
        """Call ``listener`` with the slider values whenever the hand has come to rest."""
        self._listeners.append(listener)

    def on_arrival(self, name: str, listener: Callable[[Any, Any], None]) -> None:
        """Call ``listener`` with what the page's address brings after ``#name=``: JSON, as hostile as any address.

        What is no JSON arrives as None. The second argument is what the browser's tab last saw of the page, in the same
        way. The page's own state is written into ``address``, behind ``#1=``.
        """
        self._arrived[name] = listener

    def arrive(self, name: Any, text: Any, before: Any = "") -> None:
        """Tell the listener of ``name`` what came behind ``#name=``; raises InputError for what no page can read."""
        listener = self._arrived.get(name) if isinstance(name, str) else None
        if listener is None:
            if isinstance(name, str) and name.isdecimal():
                raise InputError(f"this link is of version {name:.10}, which this page cannot read; it knows version 1")
            return
        if not isinstance(text, str) or len(text) > LONGEST_ADDRESS:
            raise InputError(f"what stands behind the # in the address must be at most {LONGEST_ADDRESS:,} characters")
        listener(document_of(text), document_of(before))

    @property
    def values(self) -> dict[str, float]:
        """Return the sliders' values, each in its slider's unit; the last good one where a client set another."""
        return {
            name: self._snapped(name, slider.value) if self._holds(name, slider.value) else self._good[name]
            for name, slider in self._sliders.items()
        }

    def _holds(self, name: str, value: float) -> bool:
        places = self._positions[name]
        return bool(places[0] - 1e-9 <= value <= places[-1] + 1e-9)

    def _snapped(self, name: str, value: float) -> float:
        """Return the position a value is meant to be: a browser sends 0.00999999999999479 for 0.01."""
        places = self._positions[name]
        nearest = float(places[np.argmin(np.abs(places - value))])
        return nearest if abs(nearest - value) <= 1e-6 * float(places[1] - places[0]) else round(float(value), 9)

    def picture(self, **changes: Any) -> Any:
        """Return the picture at the sliders' values, some of them replaced by arrays of shape (rows,)."""
        return self._picture({name: np.atleast_1d(value) for name, value in {**self.values, **changes}.items()})

    def places(self, name: str) -> npt.NDArray[np.float64]:
        """Return a slider's positions, ascending and in its unit."""
        return self._positions[name]

    def slider(self, name: str) -> ipywidgets.DOMWidget:
        """Return the stock slider of a name."""
        return self._sliders[name]

    def columns(self, **changes: npt.ArrayLike) -> dict[str, npt.ArrayLike]:
        """Return every moving column, "part/column", at the sliders' values, some replaced by arrays of rows."""
        return self._columns(self.picture(**changes))

    def layouts(self, **changes: npt.ArrayLike) -> dict[str, dict[str, Any]]:
        """Return what changes at rest only, by part, at the sliders' values, some replaced."""
        picture = self.picture(**changes)
        return {part.key: moved for part in self._parts if (moved := part.layout_changes(picture))}

    def refresh(self, values: Mapping[str, float] | None = None) -> None:
        """Void every table and send the exact picture, after a change that is no slider's; ``values`` move sliders."""
        self._revision += 1
        self.revision = self._revision
        for name, value in {**self.values, **(values or {})}.items():
            if self._sliders[name].value != value:
                self._sliders[name].value = value
        try:
            self._send_exact(self.values, "refresh")
        except InputError as error:  # a slider holds what no slider can: a client set it
            self.say(error.sentence)
            for name, value in self._good.items():
                self._sliders[name].value = value
            self._send_exact(self._good, "refresh")

    def say(self, text: str) -> None:
        """Show a sentence in the page's banner; an empty one takes every complaint away."""
        self.notice, self.refusal = text, {}

    def refuse(self, control: ipywidgets.Widget, text: str, typed: str | None = None) -> None:
        """Show a sentence beside a control, whose box keeps what was ``typed``, until the next change is taken."""
        key = next((key for key, known in self._controls.items() if known is control), None)
        if key is None:
            self.say(text)
            return
        typed = typed if self._typing is None else self._typing
        self.notice, self._typing, self._n_refused = "", None, self._n_refused + 1
        sentence = text[:1].upper() + text[1:]
        self.refusal = {"control": key, "text": sentence, "typed": typed, "count": self._n_refused}

    @property
    def said(self) -> str:
        """Return the sentence on the page that says what was refused, in the banner or beside a control; else ""."""
        return self.notice or str(self.refusal.get("text", ""))

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Turn what goes wrong in a callback into a sentence on the page; the last good state stays."""
        try:
            yield
        except InputError as error:
            self.say(error.sentence)
        except Exception as error:  # a callback's exception must be seen
            log.exception("page")
            self.say(f"Something went wrong here ({type(error).__name__}: {error}). Your inputs are still there.")

    # -- what the browser asks ---------------------------------------------------------------------------------------
    def _answer(self, _widget: Any, content: Any, _buffers: Any) -> None:
        try:
            kind = content.get("kind") if isinstance(content, dict) else None
            if kind == "plotly":
                self.send({"kind": "plotly"}, buffers=[plotly_js()])
                return
            if kind == "tell":
                self.send({"kind": "told", "count": content.get("count")})
                return
            if kind == "arrival":
                self.arrive(content.get("name"), content.get("text"), content.get("before"))
                return
            if kind == "typed":
                self._take_typed(content.get("control"), content.get("text"))
                return
            if kind not in ("table", "ask", "rest") or content.get("revision") != self._revision:
                return  # from before the last change: its answer would be void
            values = self._checked(content.get("at"))
            if kind == "table":
                self._send_table(content.get("slider"), values)
            else:
                self._send_exact(values, kind)
            if kind == "rest":
                self._stand(values)
                if values != self._rested:  # a page that opens repeats what it was told
                    self.say("")
                self._rested = values
                for listener in self._listeners:
                    listener(values)
        except InputError as error:
            self.say(error.sentence)
        except Exception as error:  # a callback's exception must be seen
            log.exception("live page")
            self.say(
                f"Something went wrong here ({type(error).__name__}). Your inputs are still there; reload the page if "
                "it happens again."
            )
        finally:
            give_back()

    def _stand(self, values: Mapping[str, float]) -> None:
        """Let the sliders stand where the browser has them; it is not told, as the hand may have moved on."""
        for name, slider in self._sliders.items():  # a ladder sends its rung, which nobody rounds
            if "index" not in slider.keys and not math.isclose(slider.value, values[name], rel_tol=1e-9, abs_tol=1e-9):
                ipywidgets.Widget.set_state(slider, {"value": values[name]})

    def _take_typed(self, key: Any, text: Any) -> None:
        """Read what was typed into a control's box and move the control there, or say beside it why not."""
        control = self._controls.get(key) if isinstance(key, str) else None
        if control is None or self._read is None or not isinstance(text, str):
            return
        try:
            self._typing = text[:80]
            value, remark = self._read(control, self._typing)
            control.value = value
        except InputError as error:
            self.refuse(control, f"{error}.")
        if self._typing is not None:
            self._typing = None
            self.send({"kind": "taken", "control": key, "text": remark})

    def _checked(self, at: Any) -> dict[str, float]:
        """Return the browser's slider values as numbers; the picture's own limits judge them."""
        if not isinstance(at, list) or len(at) != len(self._sliders):
            raise InputError(f"slider values must be a list of {len(self._sliders)} numbers")
        for name, value in zip(self._sliders, at, strict=True):
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise InputError(f"{spoken(name)} must be a finite number, not {value!r:.40}")
        return {name: self._snapped(name, value) for name, value in zip(self._sliders, at, strict=True)}

    def _columns(self, picture: Any) -> dict[str, npt.ArrayLike]:
        return {f"{part.key}/{key}": value for part in self._parts for key, value in part.columns(picture).items()}

    def _send_exact(self, values: Mapping[str, float], why: str) -> None:
        picture = self._picture({name: np.array([value]) for name, value in values.items()})
        header, block = codec.exact(self._columns(picture))
        layouts = {part.key: changes for part in self._parts if (changes := part.layout_changes(picture))}
        message = {"kind": "exact", "why": why, "columns": header, "layouts": layouts}
        self.send({**message, **self._stamp(values)}, buffers=[block])
        self._good = dict(values)
        self.start = list(self._good.values())

    def _send_table(self, name: Any, values: Mapping[str, float]) -> None:
        if not isinstance(name, str) or name not in self._positions:
            raise InputError(f"no slider has the name {name!r:.40}")
        places = self._positions[name]
        picture = self._picture({**{key: np.array([value]) for key, value in values.items()}, name: places})
        header, block = codec.table(self._columns(picture), len(places))
        self.send({"kind": "table", "slider": name, "columns": header, **self._stamp(values)}, buffers=[block])

    def _stamp(self, values: Mapping[str, float]) -> dict[str, Any]:
        return {"revision": self._revision, "at": [values[name] for name in self._sliders]}


def document_of(text: Any) -> Any:
    """Return what an address says in JSON, None for anything else."""
    try:
        return json.loads(unquote(text)) if isinstance(text, str) and len(text) <= LONGEST_ADDRESS else None
    except (ValueError, RecursionError):
        return None
