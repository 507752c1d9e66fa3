"""One page: its controls, charts, words, tables and worked examples."""
