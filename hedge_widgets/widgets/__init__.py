"""Controls: stock sliders and boxes, editable tables, uploads."""
