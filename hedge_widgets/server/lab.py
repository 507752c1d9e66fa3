"""JupyterLab on the same notebooks."""

import os
from collections.abc import Sequence
from pathlib import Path

from jupyterlab.labapp import LabApp

from hedge_widgets.server.app import bind
from hedge_widgets.server.places import private_folder, replace_closed_home


def serve_lab(
    host: str,
    port: int,
    notebooks: Path,
    *,
    open_browser: bool = True,
    options: Sequence[str] = (),
) -> None:
    """Open JupyterLab on a folder of notebooks until it is stopped.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    notebooks
        The folder to open.
    open_browser
        Whether to open a browser.
    options
        Further options of JupyterLab.

    Raises
    ------
    OSError
        With a sentence for the user, if the address cannot be used or nothing can be written.
    """
    # JupyterLab binds for itself and says less when it cannot.
    with bind(host, port) as listener:
        port = listener.getsockname()[1]
    os.environ.setdefault("JUPYTER_WIDGETS_ECHO", "0")
    with private_folder() as folder:
        replace_closed_home(folder)
        LabApp.launch_instance(
            [
                f"--ServerApp.ip={host}",
                f"--ServerApp.port={port}",
                "--ServerApp.port_retries=0",
                # A container's user is often root, and the voila command does not mind either.
                "--ServerApp.allow_root=True",
                f"--ServerApp.open_browser={open_browser}",
                f"--ServerApp.root_dir={notebooks}",
                "--ServerApp.tornado_settings={'compress_response': True}",
                "--ServerApp.jpserver_extensions={'hedge_widgets.server': True}",
                *options,
            ]
        )
