"""Where a server may write: a private folder whose path leaves room for sockets, and stand-ins for a closed home."""

import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import zmq
from filelock import FileLock, Timeout
from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir

PREFIX = "hw-"
LOCK = "hedge-widgets.lock"

# What Voila and jupyter_client append to a folder: `/voila_12345678/kernel-<uuid>-ipc-<number>`. The number counts up
# from 1 to 5; a second digit is kept in reserve, for numbers that are taken.
SOCKET_TAIL = len("/voila_12345678/kernel-") + 36 + len("-ipc-99")

# A folder younger than this may belong to a server that has not locked it yet.
YOUNG_SECONDS = 60.0


def has_room_for_sockets(folder: str | Path, limit: int = zmq.IPC_PATH_MAX_LEN) -> bool:
    """Return whether the kernels' sockets can be files under ``folder``.

    Parameters
    ----------
    folder
        The parent of Voila's folder of connection files.
    limit
        The most bytes that the path of a socket may have: 107 on Linux, 103 on macOS, none on Windows.
    """
    return len(os.fsencode(folder)) + SOCKET_TAIL <= limit


def transport(folder: str | Path) -> str:
    """Return how kernels under ``folder`` are talked to: ``ipc`` or ``tcp``.

    Sockets that are files need no encryption, and are a little faster.
    """
    return "ipc" if sys.platform != "win32" and has_room_for_sockets(folder) else "tcp"


def parents() -> list[str]:
    """Return the folders for temporary files: the user's own choice first, then short ones that are usually there."""
    try:
        first = tempfile.gettempdir()
    except FileNotFoundError:
        first = ""
    others = [] if sys.platform == "win32" else [os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/dev/shm"]
    return [path for path in dict.fromkeys([first, *others]) if path]


def new_folder() -> Path:
    """Make a folder that only this user can enter, with a short path if there is any.

    Raises
    ------
    OSError
        With a sentence for the user, if nothing can be written anywhere.
    """
    places = parents()
    name = "/" + PREFIX + 8 * "x"
    for parent in sorted(places, key=lambda place: not has_room_for_sockets(place + name)):
        sweep(Path(parent))
        try:
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        except OSError:
            continue
        if is_writable(folder):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
    raise OSError(
        f"The kernels need a folder to write to, but there is no free space in {' or '.join(places) or 'any place'}. "
        "Please set TMPDIR to a folder that can be written to."
    )


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give a folder of this server's own, and remove it at the end.

    Raises
    ------
    OSError
        With a sentence for the user, if nothing can be written anywhere.
    """
    folder = new_folder()
    lock = FileLock(folder / LOCK)
    lock.acquire()
    try:
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove the folders of servers that were killed and could not do it themselves."""
    with suppress(OSError):
        for path in parent.glob(f"{PREFIX}*/{LOCK}"):
            with suppress(OSError, Timeout):
                _remove_if_left(path.parent)


def _remove_if_left(folder: Path) -> None:
    # Other users' folders lie beside ours. A server keeps its folder locked as long as it lives, however it ends.
    status = folder.lstat()
    is_own = stat.S_ISDIR(status.st_mode) and (sys.platform == "win32" or status.st_uid == os.getuid())
    if is_own and time.time() - status.st_mtime > YOUNG_SECONDS:
        with FileLock(folder / LOCK, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)


def is_writable(folder: Path) -> bool:
    """Return whether a file with something in it can be made in ``folder``, which is made if it can be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))  # a full disk still has room for a file's name
            probe.flush()
    except OSError:
        return False
    return True


def replace_closed_home(folder: Path) -> None:
    """Lead Jupyter and IPython to subfolders of ``folder`` wherever their own folders cannot be written to.

    They lie in the home folder, which a hardened container keeps read-only. What can be read in them is still found.
    """
    config, data = jupyter_config_dir(), jupyter_data_dir()
    for name, own, search in (("CONFIG", config, "JUPYTER_CONFIG_PATH"), ("DATA", data, "JUPYTER_PATH")):
        if not is_writable(Path(own)):
            os.environ[f"JUPYTER_{name}_DIR"] = str(folder / name.lower())
            os.environ[search] = os.pathsep.join(filter(None, [os.environ.get(search), own]))
    # By default a subfolder of the data.
    if not is_writable(Path(jupyter_runtime_dir())):
        os.environ["JUPYTER_RUNTIME_DIR"] = str(folder / "runtime")
    if not is_writable(Path(os.environ.get("IPYTHONDIR") or "~/.ipython").expanduser()):
        os.environ["IPYTHONDIR"] = str(folder / "ipython")
