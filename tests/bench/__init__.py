"""The project's own harness: what a person feels at a slider, next to plotly.js alone and to FigureWidget."""
