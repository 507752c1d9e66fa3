"""Serving the notebooks: the standalone Voila app, and what a Jupyter server (Binder, JupyterLab) needs beside it.

On a Jupyter server this module is a server extension. It is imported at that server's start, so nothing heavy
is imported here: Voila belongs to `hedge_widgets.server.app`, JupyterLab to `hedge_widgets.server.lab`.
"""

from typing import Any

from hedge_widgets.resources import spare_grammar

spare_grammar()

from hedge_widgets.server.extension import load  # noqa: E402

__all__ = ["load"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "hedge_widgets.server"}]


_load_jupyter_server_extension = load
