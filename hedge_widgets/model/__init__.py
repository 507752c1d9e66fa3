"""The hedge model: pure functions of floats and arrays, with formulas, units and signs stated."""
