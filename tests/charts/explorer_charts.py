"""What a page draws and says, without the page: one description of each picture and of the parts that show it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import strategies as st

from hedge_widgets.live import Live, LiveChart, LiveMarks, LiveText
from hedge_widgets.model.quantities import Quantity

Readouts = Mapping[str, tuple[Any, Any, Callable[[Any], Any]]]


def books(sliders: tuple[Quantity, ...]) -> st.SearchStrategy[dict[str, float]]:
    """Return a strategy for sliders at any of their positions, in the model's units."""
    return st.fixed_dictionaries(
        {
            spec.field: st.sampled_from(spec.positions).map(lambda place, factor=spec.factor: place * factor)
            for spec in sliders
        }
    )


def texts(words: ModuleType, columns: ModuleType | None = None) -> Readouts:
    """Return story and tiles of a text module; the functions that fill them are there or in ``columns``."""
    filled = columns or words
    return {
        "story": (words.STORY, words.STORY_SLOTS, filled.story),
        "tiles": (words.TILES, words.TILE_SLOTS, filled.tiles),
    }


class Parts:
    """A page's live parts, built for one picture."""

    def __init__(self, page: "Charts", picture: Any) -> None:
        self.live = Live({}, lambda _values: picture)
        self.charts = [
            LiveChart(
                self.live,
                key,
                traces=getattr(page.charts, f"{key}_traces"),
                layout=getattr(page.charts, f"{key}_layout"),
                label=key,
                **({} if key in page.fixed else {"moving_layout": getattr(page.charts, f"{key}_moving_layout")}),
            )
            for key in page.keys
        ]
        self.texts = [
            *(
                LiveText(self.live, key, blocks=blocks, slots=slots, values=columns)
                for key, (blocks, slots, columns) in page.readouts.items()
            ),
            LiveMarks(self.live, *page.marks),
        ]


@dataclass(frozen=True, kw_only=True, eq=False)
class Charts:
    """What the tests of all pages' charts and words have to know of one.

    Parameters
    ----------
    topic
        The page's word, as in ``hedge_widgets/pages/<topic>``.
    charts
        The module with ``<key>_traces``, ``<key>_layout`` and ``<key>_moving_layout`` of each chart.
    keys
        Its charts; those of ``fixed`` have no layout that moves.
    picture
        Function of a setting and of slider values in the model's units, one row each.
    settings
        What the choices and boxes of a page may stand for.
    sliders
        ``SLIDERS`` of its controls.
    start
        Slider values in the model's units.
    busy
        Slider values with which every slider moves something, where they differ from ``start``.
    idle
        Place of a setting -> sliders that nevertheless move nothing there.
    readouts
        Key -> (blocks, slots, columns) of each text.
    marks
        Labels and columns of the ticks at the sliders, and remarks where it has some.
    """

    topic: str
    charts: ModuleType
    keys: tuple[str, ...]
    fixed: tuple[str, ...] = ()
    picture: Callable[[Any, dict[str, Any]], Any]
    settings: tuple[Any, ...]
    sliders: tuple[Quantity, ...]
    start: Mapping[str, float]
    busy: Mapping[str, float] = field(default_factory=dict)
    idle: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    readouts: Readouts
    marks: tuple[Any, ...]

    def values(self, **changes: Any) -> dict[str, Any]:
        """Return slider values in the model's units, one row: the start, changed."""
        return {name: np.atleast_1d(np.asarray(v, dtype=np.float64)) for name, v in {**self.start, **changes}.items()}

    def at(self, setting: Any, **changes: Any) -> Any:
        """Return a setting's picture at the start, changed."""
        return self.picture(setting, self.values(**changes))

    def parts(self, picture: Any) -> Parts:
        """Return the live parts built for a picture."""
        return Parts(self, picture)

    @property
    def states(self) -> st.SearchStrategy[tuple[Any, dict[str, float]]]:
        """Return a strategy for a setting and slider values."""
        return st.tuples(st.sampled_from(self.settings), books(self.sliders))


def lower_case_titles(layout: Mapping[str, Any]) -> list[str]:
    """Return the titles of a chart's axes, and of what is shown under the pointer, that begin in lower case."""
    axes = [part for name, part in layout.items() if name.startswith(("xaxis", "yaxis"))]
    titles = [axis.get(kind, {}).get("text", "") for axis in axes for kind in ("title", "unifiedhovertitle")]
    return [title for title in titles if title[:1].islower()]
