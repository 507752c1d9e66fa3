"""The pages: controls, live charts and readouts, one package or module a notebook."""
