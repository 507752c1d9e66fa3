"""Figure specs: what an outcome looks like, as plain plotly dictionaries."""
