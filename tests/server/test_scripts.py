"""Scripts packed in Brotli are kept from start to start."""

import time
from pathlib import Path

import brotli
import pytest

from hedge_widgets.server import scripts

SCRIPT = b"const page = 1;\n" * 500


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a script, and the server a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "one.js"
    path.write_bytes(SCRIPT)
    return path


def packed(script: Path) -> scripts.Packed:
    """Return it packed in all ways."""
    packed = scripts.Packed("one", [script])
    end = time.monotonic() + 30
    while "br" not in packed.bodies:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert list(packed.bodies) == ["br", "gzip"]
    assert brotli.decompress(packed.bodies["br"]) == script.read_bytes()
    return packed


def files(script: Path) -> list[Path]:
    """Return what the cache holds."""
    return list((script.parent / "cache" / "hedge_widgets" / "scripts").iterdir())


def test_what_was_packed_is_not_packed_again(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next server reads it; when the script changes, what was kept of it before goes."""
    first = packed(script)
    (kept,) = files(script)
    monkeypatch.setattr(brotli, "compress", lambda *_args, **_options: pytest.fail("it was packed again"))
    assert packed(script).bodies == first.bodies
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(script.parent / "cache"))
    script.write_bytes(SCRIPT * 2)
    packed(script)
    assert [path.name for path in files(script)] != [kept.name]
    assert len(files(script)) == 1


@pytest.mark.parametrize("damage", [b"", b"no Brotli", brotli.compress(b"another script")])
def test_what_is_damaged_is_packed_again(script: Path, damage: bytes) -> None:
    """Nothing of a cache reaches a browser that is not the script."""
    packed(script)
    (kept,) = files(script)
    kept.write_bytes(damage)
    packed(script)
    assert brotli.decompress(kept.read_bytes()) == SCRIPT


def test_a_cache_that_cannot_be_written_is_done_without(script: Path) -> None:
    """The script comes all the same."""
    (script.parent / "cache").write_bytes(b"no folder")
    packed(script)
