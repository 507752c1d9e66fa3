"""Pages that need no kernel: what a page shows, and what its sliders can make of it, written down in one file."""
