"""Loaded before pytest's plugins (``-p`` in pyproject.toml), so that nbval's import takes 0.2 s and not 2 s."""

from hedge_widgets.resources import spare_grammar

spare_grammar()
