"""Where a server writes: short paths, closed homes, folders left behind; and a page that opens all the same."""

import asyncio
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from hedge_widgets.cli import main
from hedge_widgets.server import places
from tests.server.client import FIRST, Served, answers, notebook, opened, served

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets that are files, and the folders of Unix")


@pytest.fixture
def short() -> Iterator[Path]:
    """Give a folder with a path as short as that of a user's runtime folder."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("limit", [103, 107])
def test_room_for_sockets_is_counted_to_the_byte(limit: int) -> None:
    """The longest path of a socket under the folder just fits, and one byte more does not."""
    tail = "/voila_12345678/kernel-01234567-0123-0123-0123-0123456789ab-ipc-99"
    longest = "/" + "f" * (limit - len(tail) - 1)
    assert len(longest + tail) == limit
    assert places.has_room_for_sockets(longest, limit)
    assert not places.has_room_for_sockets(longest + "f", limit)
    assert not places.has_room_for_sockets(longest[:-1] + "ü", limit)


@pytest.mark.parametrize("limit", [103, 107])
def test_usual_folders_have_room(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of macOS's own folder and the fallback the latter is taken; so it is below a TMPDIR of 100 characters."""
    for own in ("/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T", "/" + "x" * 99):
        assert not places.has_room_for_sockets(own, limit)
    for usual in ("/tmp/hw-12345678", "/run/user/1000/hw-12345678", "/dev/shm/hw-12345678"):
        assert places.has_room_for_sockets(usual, limit)


def test_kernels_without_room_use_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    assert places.transport("/tmp/hw-12345678") == "ipc"
    assert places.transport("/" + "x" * 99) == "tcp"
    monkeypatch.setattr(sys, "platform", "win32")
    assert places.transport("/tmp/hw-12345678") == "tcp"


def test_folder_is_private_short_and_removed(short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short before the user's own choice, and the user's own choice before none."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(places, "parents", lambda: [str(long), str(short)])
    with places.private_folder() as folder:
        assert folder.parent == short
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(short.iterdir()) == []
    monkeypatch.setattr(places, "parents", lambda: [str(long), str(tmp_path / "nowhere")])
    with places.private_folder() as folder:
        assert folder.parent == long
    assert list(long.iterdir()) == []


def test_folders_left_behind_are_swept(short: Path) -> None:
    """But not one in use, one that is new, one of another program, or what a link leads to."""
    for name in ("hw-left", "hw-used", "hw-new", "hw-other", "elsewhere"):
        folder = short / name
        (folder / "data").mkdir(parents=True)
        if name != "hw-other":
            (folder / places.LOCK).touch()
        if name != "hw-new":
            os.utime(folder, (time.time() - 120,) * 2)
    (short / "hw-link").symlink_to(short / "elsewhere")
    with FileLock(short / "hw-used" / places.LOCK):
        os.utime(short / "hw-used", (time.time() - 120,) * 2)
        places.sweep(short)
    assert sorted(path.name for path in short.iterdir()) == ["elsewhere", "hw-link", "hw-new", "hw-other", "hw-used"]
    assert (short / "elsewhere" / "data").is_dir()
    places.sweep(short / "nowhere")


@pytest.mark.parametrize("command", ["app", "lab"])
def test_no_folder_at_all_is_said_at_the_start(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(places, "parents", lambda: ["/dev/null/a", "/proc/b"])
    assert main([command, "--no-browser", "--port", "0", "--notebooks", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "hedge-widgets: The kernels need a folder to write to, but there is no free space in /dev/null/a or /proc/b. "
        "Please set TMPDIR to a folder that can be written to.\n"
    )


def test_user_without_home_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert main(["app", "--no-browser", "--notebooks", "/tmp"]) == 2
    assert capsys.readouterr().err == "hedge-widgets: This user has no home folder. Please set HOME to one.\n"


def test_only_closed_folders_of_the_home_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in a closed one is still found."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", "/dev/null/config")
    places.replace_closed_home(tmp_path / "own")
    assert os.environ["JUPYTER_CONFIG_DIR"] == str(tmp_path / "own" / "config")
    assert os.environ["JUPYTER_CONFIG_PATH"] == "/dev/null/config"
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTER_PATH"):
        assert name not in os.environ


async def answers_once(site: Served, kernel: str) -> bool:
    """Return whether a kernel answers over a websocket of its own."""
    async with opened(site, kernel) as connection:
        return await answers(connection)


def test_page_opens_with_a_closed_home_and_a_long_tmpdir(short: Path, tmp_path: Path) -> None:
    """A page, its kernel and the sweep in one; nothing is left in any folder at the end."""
    (tmp_path / FIRST).write_text(notebook("import os\nprint('ipython', os.environ['IPYTHONDIR'])"))
    long = tmp_path / ("x" * (100 - len(str(tmp_path)) - 1) if len(str(tmp_path)) < 99 else "x")
    long.mkdir()
    assert len(str(long)) >= 100
    left = short / "hw-left"
    left.mkdir()
    (left / places.LOCK).touch()
    os.utime(left, (0, 0))
    home = {"HOME": "/dev/null/home", "TMPDIR": str(long), "XDG_RUNTIME_DIR": str(short)}
    with served(tmp_path, tmp_path / "log", **home) as site:
        kernel = site.page()
        assert asyncio.run(answers_once(site, kernel))
        (folder,) = short.iterdir()
        assert folder.name != "hw-left"
        assert list(folder.glob(f"voila_*/kernel-{kernel}-ipc-*"))
        assert site.stop() == 0
    assert list(short.iterdir()) == []
    assert list(long.iterdir()) == []
    assert (tmp_path / "log").read_text() == ""
