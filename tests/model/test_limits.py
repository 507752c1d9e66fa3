"""What the model refuses, and how it says so."""

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hedge_widgets
from hedge_widgets.model.hedge import LIMITS, HedgeInputs
from hedge_widgets.model.limits import InputError, Limit, choice, missing_as_none, spoken
from hedge_widgets.model.portfolio import Holding, Portfolio
from tests.model.states import SHIPPED, WORDS, a_portfolio

NOT_NUMBERS = {
    "nan": math.nan,
    "inf": math.inf,
    "minus inf": -math.inf,
    "word": "0.5",
    "bool": True,
    "bytes": b"1",
    "none": None,
    "dict": {},
    "complex": 1j,
    "huge integer": 10**400,
    "empty": [],
    "nan inside": np.array([0.5, math.nan]),
    "words inside": ["0.5", "0.6"],
    "numpy bool": np.True_,
    "bools inside": np.array([True, False]),
    "ragged": [[1.0], [1.0, 2.0]],
}


def an_input(**fields: Any) -> HedgeInputs:
    """Return valid inputs, but for the given fields."""
    return HedgeInputs(**({"portfolio": a_portfolio(1e4), "contract": SHIPPED[0], "hedge_price": 5e4} | fields))


@pytest.mark.parametrize("value", NOT_NUMBERS.values(), ids=NOT_NUMBERS.keys())
@pytest.mark.parametrize("name", LIMITS)
def test_what_is_not_a_number_is_refused_by_name(name: str, value: Any) -> None:
    """Every numeric field refuses it with a message that begins with the field's name, in words."""
    with pytest.raises(InputError, match=rf"^{spoken(name)} must"):
        an_input(**{name: value})


@pytest.mark.parametrize("name", LIMITS)
def test_the_limits_are_closed(name: str) -> None:
    """Both ends are allowed; a step outside is refused with name, rule and value, alone and inside an array."""
    limit = LIMITS[name]
    for end, outside in ((limit.low, -math.inf), (limit.high, math.inf)):
        assert getattr(an_input(**{name: end}), name) == end
        beyond = math.nextafter(end, outside)
        for value in (beyond, np.array([end, beyond])):
            with pytest.raises(InputError, match=rf"^{spoken(name)} must be a finite number from .* to .*, not "):
                an_input(**{name: value})


@pytest.mark.parametrize("value", ["sideways", "", None, 3, ["dollar"]])
@pytest.mark.parametrize("name", WORDS)
def test_an_unknown_word_is_refused(name: str, value: Any) -> None:
    """A field of words takes its own words only and lists them."""
    with pytest.raises(InputError, match=rf"^{spoken(name)} must be one of {', '.join(WORDS[name])}, not "):
        an_input(**{name: value})


@pytest.mark.parametrize("symbol", ["<script>", "", "A" * 21, "a b", "ÄTH", None, 7, "-A", "A\n"])
def test_a_symbol_is_plain(symbol: Any) -> None:
    """A coin's name is letters, digits, dots and dashes: nothing a page could take for markup."""
    with pytest.raises(InputError, match=r"^symbol must"):
        Holding(symbol=symbol, quantity=1.0, price=1.0)


@pytest.mark.parametrize(("field", "value"), [("quantity", math.nan), ("price", 0.0), ("price", -1.0), ("price", "1")])
def test_a_holding_is_refused_by_field_and_coin(field: str, value: Any) -> None:
    """The message names what is wrong and of which coin."""
    with pytest.raises(InputError, match=f"^{field} of SOL must"):
        Holding(**({"symbol": "SOL", "quantity": 1.0, "price": 1.0} | {field: value}))


def test_a_basket_that_cancels_is_refused() -> None:
    """Long and short legs of one size have no net value a move could apply to; nor has nothing, nor 51 coins."""
    with pytest.raises(InputError, match="net value"):
        a_portfolio(100.0, -100.0)
    with pytest.raises(InputError, match="net value"):
        a_portfolio(0.0)
    with pytest.raises(InputError, match="1 to 50 coins"):
        Portfolio(())
    with pytest.raises(InputError, match="1 to 50 coins"):
        a_portfolio(*[1.0] * 51)


def test_a_long_wrong_value_is_cut_in_the_message() -> None:
    """A hostile value does not fill the page."""
    for refuse in (lambda v: Limit(0, 1).checked("x", v), lambda v: choice("x", v, ("a",))):
        with pytest.raises(InputError) as caught:
            refuse("y" * 10_000)
        assert len(str(caught.value)) < 150


def test_missing_is_none_in_a_scalar_and_nan_in_an_array() -> None:
    """Zero-dimensional results become plain Python; arrays stay."""
    assert missing_as_none(np.float64(math.nan)) is None
    assert missing_as_none(np.array(math.nan)) is None
    assert type(missing_as_none(np.float64(1.5))) is float
    assert type(missing_as_none(np.bool_(True))) is bool
    assert math.isnan(missing_as_none(np.array([math.nan]))[0])


def test_inputs_are_frozen() -> None:
    """Nothing can be set after validation."""
    with pytest.raises(AttributeError):
        an_input().move = 3.0  # type: ignore[misc]


# Names as one says them

FIELD = re.compile(r"(?<![\w#/.])[a-z]+(?:_[a-z0-9]+)+")


def refusals() -> Iterator[tuple[str, str]]:
    """Yield (where, the words that are written out) of every refusal of the package."""
    for path in Path(hedge_widgets.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name in ("InputError", "VenueError", "StoreError", "FetchError"):
                parts = [part for text in node.args for part in getattr(text, "values", [text])]
                words = [getattr(part, "value", None) for part in parts]
                yield f"{path.name}:{node.lineno}", " ".join(word for word in words if isinstance(word, str))


def test_no_refusal_names_a_field_as_python_does() -> None:
    """Neither in its own words nor by what a limit or a choice calls the field."""
    assert [(where, words) for where, words in refusals() if FIELD.search(words)] == []
    for refused in (lambda: Limit(0, 1).checked("n_paths", 2), lambda: choice("margin_mode", "x", ("cross",))):
        with pytest.raises(InputError, match=r"^(number of paths|margin mode) must be"):
            refused()
    with pytest.raises(InputError, match=r"^funding interval must be"):
        Limit(0, 1).each(funding_interval=2)
    assert spoken("contracts of Binance COIN-M BTCUSD_PERP") == "contracts of Binance COIN-M BTCUSD_PERP"


def test_a_refusal_alone_is_a_sentence() -> None:
    """It begins with a capital and ends with a point; after a colon it is as it was."""
    error = InputError("the table must hold 1 to 3 rows, not 4")
    assert error.sentence == "The table must hold 1 to 3 rows, not 4."
    assert str(error) == "the table must hold 1 to 3 rows, not 4"
