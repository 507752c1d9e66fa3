"""How old a dated constant is, in words."""

import datetime
from dataclasses import replace

import pytest

from hedge_widgets.market.facts import contract
from hedge_widgets.widgets import ages

NOW = datetime.date(2026, 11, 27)


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2026-11-27", ""),
        ("2025-11-28", ""),
        ("2025-11-27", "over one year old"),
        ("2024-11-24", "over two years old"),  # BitMEX
        ("2023-06-09", "over three years old"),  # OKX's tiers
        ("2021-02-01", "over five years old"),  # COIN-M
        ("2016-01-01", "over 10 years old"),
        ("", ""),
    ],
)
def test_an_age_is_whole_years(date: str, words: str) -> None:
    """A day short of a year is none; what a hand edited has no date."""
    assert ages.age(date, NOW) == words


def test_an_old_source_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a column and in a sentence, where the date may stand in the source already."""
    monkeypatch.setattr(ages, "today", lambda: NOW)
    assert ages.dated("2021-02-01") == "2021-02-01, over five years old"
    assert ages.dated("2026-04-30") == "2026-04-30"
    assert ages.cited("OKX notice 2023-06-09", "2023-06-09") == "OKX notice 2023-06-09 (over three years old)"
    assert ages.cited("dYdX docs", "2026-11-20") == "dYdX docs, 2026-11-20"


def test_a_contract_says_the_age_of_its_oldest_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its own figures or its tiers; a fetched one has its day instead."""
    monkeypatch.setattr(ages, "today", lambda: NOW)
    spec = contract("Binance USD-M BTCUSDT")
    assert ages.contract_and_age(spec) == spec.label
    old = replace(spec, tiers=replace(spec.tiers, date="2021-02-01"))
    assert ages.contract_and_age(old) == f"{spec.label} (terms over five years old)"
    fresh = replace(old, is_fetched=True, date=f"{NOW:%Y-%m-%d}")
    assert ages.contract_and_age(fresh) == f"{spec.label} (fetched today)"
