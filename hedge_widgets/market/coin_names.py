"""Which coin a symbol means: its names and Yahoo's symbol for it, so that no other coin is stored in its place."""

import functools
import re
from dataclasses import dataclass

from hedge_widgets.market.facts import rows


@dataclass(frozen=True, kw_only=True)
class Coin:
    """A coin that we know: Yahoo's symbol for it, and the names it goes by, the present one first."""

    yahoo_symbol: str
    names: tuple[str, ...]

    def is_called(self, name: str) -> bool:
        """Return whether a name of Yahoo's ("Bitcoin USD") is one of the coin's, whatever its capitals and signs."""
        return _plain(name) in map(_plain, self.names)


@functools.cache
def known_coins() -> dict[str, Coin]:
    """Return the coins we know by their name in the store, such as BTC-USD."""
    return {
        f"{row['symbol']}-USD": Coin(yahoo_symbol=row["yahoo_symbol"], names=tuple(row["names"].split("|")))
        for row in rows("yahoo_symbols.csv")
    }


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, re.sub(r"\s+usd$", "", name.strip().casefold())))
