"""First pictures on the server: sent before the page is made, dropped when prices change, ended with the server."""

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hedge_widgets.server.first import MARK, FirstPictures

PAGE = "01_hedge_simulator.ipynb"
TEMPLATE = ["<!DOCTYPE html><html><title>Start</title>", f"<body>{MARK}", "<main>", "</main></body></html>"]


SCRIPTS = base64.b64encode(gzip.compress(b"1;")).decode()


async def pieces(of: list[str]) -> AsyncIterator[str]:
    """Yield what a template writes."""
    for piece in of:
        yield piece


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FirstPictures:
    """First pictures of one page, made already."""
    prices = tmp_path / "prices.csv"
    prices.write_text("date,BTC\n2025-01-01,90000\n")
    monkeypatch.setenv("HEDGE_WIDGETS_PRICES", str(prices))
    pictures = FirstPictures(tmp_path, "/")

    async def nothing_made() -> None:
        return None

    monkeypatch.setattr(pictures, "_make", nothing_made)
    return pictures


def take(pictures: FirstPictures, words: str) -> None:
    """Let a first picture be made of some words."""
    tables = base64.b64encode(gzip.compress(words.encode())).decode()
    html = f"<p>{words}</p><script src='{{{{plotly}}}}'></script>{{{{tables}}}}"
    pictures._take({"notebook": PAGE, "title": "A &amp; B", "html": html, "tables": tables, "scripts": SCRIPTS})


def led(pictures: FirstPictures, template: list[str] = TEMPLATE) -> list[str]:
    """Return the pieces of a page."""

    async def all_of_it() -> list[str]:
        return [piece async for piece in pictures.led(PAGE, pieces(template), 0.0)]

    return asyncio.run(all_of_it())


def test_a_page_is_whole_with_and_without_a_first_picture(pictures: FirstPictures) -> None:
    """The same page in all three cases; from the second visit on, the picture is its first piece."""
    without = "".join(led(pictures))
    assert without == "".join(TEMPLATE).replace(MARK, "")
    take(pictures, "a picture")
    first, second = led(pictures), led(pictures)
    assert "<p>a picture</p>" in second[0]
    assert "".join(second) == "".join(first).replace("<title>Start</title>", "<title>A &amp; B</title>")
    assert "".join(first).count("a picture") == 1


def test_a_page_of_another_template_is_left_alone(pictures: FirstPictures) -> None:
    """An error page has no room for a picture, and is sent as it is."""
    take(pictures, "a picture")
    assert led(pictures, ["<p>not found</p>"]) == ["<p>not found</p>"]


def test_other_prices_make_other_pictures(pictures: FirstPictures, tmp_path: Path) -> None:
    """What shows prices that are no longer those of the pages is not shown; its tables stay for who has it open."""

    async def changed() -> None:
        pictures.begin()
        take(pictures, "before")
        assert "before" in pictures.block(PAGE)
        (tmp_path / "prices.csv").write_text("date,BTC\n2025-01-01,90000\n2025-01-02,91000\n")
        assert pictures.block(PAGE) == ""
        assert len(pictures.files) == 2
        take(pictures, "after")
        assert "after" in pictures.block(PAGE)
        for k in range(100):
            take(pictures, str(k))
        pictures.begin()
        assert len(pictures.files) < 70  # old ones go
        pictures.end()

    asyncio.run(changed())
