"""A process that has imported and built what the pages need, and forks a kernel when it is asked for one.

Most of what opening a page costs is importing Python modules, the same ones each time. A forked kernel has them, and
shares their memory. `hedge_widgets.server.forked` starts this process and asks it; it ends when that server does.
"""

import gc
import json
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
from ipykernel.kernelapp import IPKernelApp

import hedge_widgets
from hedge_widgets.pages.page import Page
from hedge_widgets.server.forked import READY, REFUSED

# What IPython and ipykernel import only while a kernel starts.
IMPORTED_LATE = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "tornado.platform.asyncio",
)
# An out-of-memory killer is to end a kernel rather than this process, which all of them depend on.
OOM_SCORE = "100"


def prepare() -> None:
    """Import what kernels import, build each page once and let it go."""
    os.close(os.pidfd_open(os.getpid()))  # fails here where a container forbids it
    # Nobody debugs a public page, and this alone takes a kernel 15 MB: ipykernel does without what is not there.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in IMPORTED_LATE:
        import_module(name)
    for name in hedge_widgets.__all__:
        each = getattr(hedge_widgets, name)
        if isinstance(each, type) and issubclass(each, Page):
            with suppress(Exception):  # the page says so itself, where somebody reads it
                each()  # type: ignore[call-arg]
    ipywidgets.Widget.close_all()
    if threading.active_count() > 1:
        raise RuntimeError("a process with threads must not be forked")
    gc.collect()
    gc.freeze()  # a search for garbage would write to the memory that is shared


def serve(orders: socket.socket) -> dict[str, Any] | None:
    """Fork a kernel for each order, a line of JSON with its argv, env and cwd, and answer with its pid and its pidfd.

    Where no process or no descriptor can be had, the answer is 0 and no pidfd.

    Returns
    -------
    dict or None
        In a child the order; in the process itself None, when nobody is left to ask.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children: their pidfds tell
    parent = os.getpid()
    with orders, orders.makefile("rb") as lines:
        orders.sendall(READY)
        for line in lines:
            try:
                if not (pid := os.fork()):
                    return {**json.loads(line), "parent": parent}
                answer(orders, pid)
            except OSError:
                orders.sendall(REFUSED)
    return None


def answer(orders: socket.socket, pid: int) -> None:
    """Send a child's pid and pidfd, or end it where there is no descriptor for it."""
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        os.kill(pid, signal.SIGKILL)
        raise
    socket.send_fds(orders, [b"%d\n" % pid], [pidfd])
    os.close(pidfd)


def be_kernel(argv: list[str], env: dict[str, str], cwd: str, parent: int) -> None:
    """Become a kernel, as if started with this command line, environment and folder."""
    os.setsid()  # so that a signal to the kernel reaches what it starts, and nothing else
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)
        Path("/proc/self/comm").write_text(Path(argv[-1]).stem[:15])  # its name in ps: kernel-1a2b3c4d
    os.environ.update(env)  # what the imported modules have set stays
    os.chdir(cwd)
    sys.argv = argv
    np.random.seed()  # noqa: NPY002  or all kernels would draw the same numbers
    app: Any = IPKernelApp.instance(parent_handle=parent)
    app.initialize(argv[1:])
    ipywidgets.register_comm_target()  # which it does by itself where it is imported in a kernel
    app.start()


def main(descriptor: int) -> None:
    """Prepare, then serve at this socket; in a child, be its kernel."""
    prepare()
    order = None
    with suppress(BrokenPipeError):  # who asked is gone
        order = serve(socket.socket(fileno=descriptor))
    if order:
        be_kernel(**order)
