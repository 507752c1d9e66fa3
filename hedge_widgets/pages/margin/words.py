"""The margin page's words: its sentences, its tiles, and the ticks at its sliders."""

from typing import Any

import numpy as np

from hedge_widgets.model.margin.picture import MarginPicture
from hedge_widgets.pages.margin.story import STORY, STORY_SLOTS, story
from hedge_widgets.pages.margin.tiles import TILE_SLOTS, TILES, tiles

__all__ = ["MARKS", "REMARKS", "STORY", "STORY_SLOTS", "TILES", "TILE_SLOTS", "marks", "story", "tiles"]

MARKS = {
    "leverage": ("your limit", "maximum"),
    "spike": ("liquidated",),
    "funding_rate": ("0",),
    "limit": ("1",),
    **dict.fromkeys(("entry_gap", "spike_gap", "exit_gap"), ("0",)),
}
REMARKS = {
    "funding_rate": ("See the figure “Days your margin can pay funding”.",),
    "thinning": ("It changes the price at which a liquidation is filled.",),
}


def marks(picture: MarginPicture) -> dict[str, Any]:
    """Return the sliders' ticks, in the sliders' units."""
    return {
        "leverage/0": np.where(picture.safe_leverage >= 1.0, picture.safe_leverage, np.nan),  # the slider begins at 1
        "leverage/1": picture.max_leverage,
        "spike/0": 100.0 * picture.isolated_move,
        "funding_rate/0": 0.0,
        "limit/0": 1.0,
        "funding_rate/remark": 0,
        "thinning/remark": 0,
        **{f"{name}/0": 0.0 for name in ("entry_gap", "spike_gap", "exit_gap")},
    }
