"""Charts and readouts that follow the sliders without a round trip (one Python side, one JavaScript module)."""

from hedge_widgets.live.page import Live
from hedge_widgets.live.parts import Block, Line, LiveBanner, LiveChart, LiveMarks, LiveText

__all__ = ["Block", "Line", "Live", "LiveBanner", "LiveChart", "LiveMarks", "LiveText"]
