"""Pages that need no kernel: what a page shows, and what its sliders can make of it, written down in one file."""

from hedge_widgets.resources import spare_grammar

spare_grammar()
