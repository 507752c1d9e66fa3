"""Tables and uploads: what a browser sends is text or bytes, judged in Python and never believed."""

from typing import Any

import pytest
import traitlets

from hedge_widgets.market.prices import UnnamedCoinError
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.widgets.inputs import FileUpload, HoldingsTable, pasted_rows

COLUMNS = ["symbol", "quantity", "price"]


def a_table(*rows: list[Any]) -> HoldingsTable:
    """Return a table in which these rows are typed."""
    table = HoldingsTable()
    table.rows = list(rows)
    return table


def test_a_portfolio_goes_in_and_out() -> None:
    """What is loaded is what is read, digits and short legs included."""
    portfolio = Portfolio(
        (Holding(symbol="BTC", quantity=0.123456789, price=90_000.5), Holding(symbol="ADA", quantity=-2.0, price=0.85))
    )
    table = HoldingsTable()
    table.load(portfolio)
    assert table.rows == [["BTC", "0.123456789", "90000.5"], ["ADA", "-2", "0.85"]]
    assert table.portfolio() == portfolio


@pytest.mark.parametrize(
    ("text", "value"), [("1,234.5", 1234.5), (" 7 ", 7.0), ("1e3", 1000.0), ("−3", -3.0), ("-3", -3.0), (4, 4.0)]
)
def test_numbers_are_read_as_people_write_them(text: Any, value: float) -> None:
    """Thousands, spaces, exponents and a true minus sign are understood."""
    assert a_table(["btc ", text, "10"]).portfolio().holdings == (Holding(symbol="BTC", quantity=value, price=10.0),)


WRONG: list[Any] = [
    "",
    "abc",
    "1,2,x",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "--1",
    None,
    [],
    {},
    [1],
    True,
    "0x10",
    "9" * 400,
]


@pytest.mark.parametrize("text", WRONG, ids=lambda text: f"{text!r:.20}")
@pytest.mark.parametrize("column", [1, 2], ids=COLUMNS[1:])
def test_a_wrong_number_is_named_and_marked(text: Any, column: int) -> None:
    """The sentence names row and column and what is expected; the cell is marked."""
    row = ["SOL", "1", "2"]
    row[column] = text
    table = a_table(["BTC", "1", "10"], row)
    with pytest.raises(InputError) as caught:
        table.portfolio()
    assert f"row 2, {COLUMNS[column]} of SOL" in str(caught.value)
    assert "expected a number" in str(caught.value)
    assert len(str(caught.value)) < 200
    assert table.wrong == [1, column]


@pytest.mark.parametrize(
    ("column", "text"),
    [(1, "1e16"), (1, "-1e300"), (2, "1e10"), (2, "1e-300"), (2, "0"), (2, "-5")],
)
def test_a_number_beyond_the_limits_is_named_and_marked(column: int, text: str) -> None:
    """A number that the model refuses is one of a row and a column, too."""
    row = ["SOL", "1", "2"]
    row[column] = text
    table = a_table(["BTC", "1", "10"], row)
    with pytest.raises(InputError, match="row 2"):
        table.portfolio()
    assert table.wrong == [1, column]


@pytest.mark.parametrize("name", ["", " ", "<script>", "A B", "B" * 21, "ΒTC", [], {}, "<img src=x onerror=alert(1)>"])
def test_a_wrong_symbol_is_named_and_marked(name: Any) -> None:
    """A symbol is letters, digits, dots and dashes; anything else is refused with its row."""
    table = a_table([name, "1", "2"])
    with pytest.raises(InputError, match=r"^row 1: symbol must be"):
        table.portfolio()
    assert table.wrong == [0, 0]


@pytest.mark.parametrize("rows", [[], [["BTC", "1", "2"]] * 51, [["BTC", "1"]], ["BTC"], [None], [{}], [["A"] * 4]])
def test_a_table_of_another_shape_is_refused(rows: list[Any]) -> None:
    """Too few or too many rows, or rows that are none, are refused in words."""
    with pytest.raises(InputError, match="table"):
        a_table(*rows).portfolio()


@pytest.mark.parametrize("rows", [None, 7, {}, "BTC"], ids=repr)
def test_rows_that_are_no_list_are_no_holdings(rows: Any) -> None:
    """What is no list is refused by the trait or, as letters, by the table."""
    table = a_table(["BTC", "1", "2"])
    try:
        table.set_state({"rows": rows})
    except traitlets.TraitError:
        assert table.portfolio().symbols == ("BTC",)
    else:
        with pytest.raises(InputError, match="row 1 of the table"):
            table.portfolio()


class Taker:
    """What an upload hands its file to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.files: list[tuple[str, bytes]] = []
        self.failure = failure
        self.upload = FileUpload("upload", 10, self)
        self.sent: list[Any] = []
        self.upload.send = self.sent.append

    def __call__(self, name: str, data: bytes, coin: str) -> str:
        """Take a file."""
        if self.failure:
            raise self.failure
        self.files.append((name, data))
        return f"Read as {coin or 'it is'}."


def test_a_file_is_handed_on() -> None:
    """Name and bytes arrive, and the browser hears that it is done."""
    taker = Taker()
    taker.upload._handle_custom_msg({"name": "a.csv"}, [memoryview(b"x,y")])
    assert (taker.files, taker.upload.complaint) == ([("a.csv", b"x,y")], "")
    assert taker.sent == [{"kind": "done", "complaint": "", "remark": "Read as it is.", "asks": False}]


def test_a_refused_file_is_explained() -> None:
    """The reader's sentence is shown, with a full stop."""
    taker = Taker(InputError("row 3: no"))
    taker.upload._handle_custom_msg({"name": "a.csv"}, [b"x"])
    said = {"kind": "done", "complaint": "Row 3: no.", "remark": "", "asks": False}
    assert (taker.upload.complaint, taker.sent) == ("Row 3: no.", [said])


def test_the_coin_of_a_file_is_asked_for() -> None:
    """A file of one coin that does not say which: the page asks, and what is typed comes with the file."""
    taker = Taker(UnnamedCoinError("which coin is it"))
    taker.upload._handle_custom_msg({"name": "a.csv"}, [b"x"])
    assert taker.sent[-1]["asks"]
    taker.failure = None
    taker.upload._handle_custom_msg({"name": "a.csv", "coin": " sol "}, [b"x"])
    assert taker.sent[-1] == {"kind": "done", "complaint": "", "remark": "Read as sol.", "asks": False}


def test_the_limit_is_not_the_browsers() -> None:
    """A browser that sets its own limit is still refused by Python's."""
    taker = Taker()
    taker.upload.set_state({"max_bytes": 10**9})
    taker.upload._handle_custom_msg({"name": "a.csv"}, [b"x" * 11])
    assert taker.files == []
    assert "at most" in taker.upload.complaint


@pytest.mark.parametrize(
    ("content", "buffers"),
    [
        (None, [b"x"]),
        ("a.csv", [b"x"]),
        ({}, [b"x"]),
        ({"name": 7}, [b"x"]),
        ({"name": ["a"]}, [b"x"]),
        ({"name": "a"}, []),
        ({"name": "a"}, [b"x", b"y"]),
    ],
)
def test_a_hostile_message_is_no_file(content: Any, buffers: list[bytes]) -> None:
    """A message of another shape is not a file, and raises nothing."""
    taker = Taker()
    taker.upload._handle_custom_msg(content, buffers)
    assert taker.files == []


def test_a_long_name_is_cut() -> None:
    """A name of a megabyte does not come back to the page."""
    taker = Taker()
    taker.upload._handle_custom_msg({"name": "a" * 10**6}, [b"x"])
    assert len(taker.files[0][0]) <= 80


LISTS = {
    "5 SOL, 800 ADA": [["SOL", "5", ""], ["ADA", "800", ""]],
    "SOL 5\nADA 1,250.5": [["SOL", "5", ""], ["ADA", "1,250.5", ""]],
    "1,250 ADA; 0.02 btc @ 90,000": [["ADA", "1,250", ""], ["BTC", "0.02", "90,000"]],
    "symbol,quantity,price\r\nSOL,5,190\r\nBTC,0.02,\r\n": [["SOL", "5", "190"], ["BTC", "0.02", ""]],
    "Coin\tAmount\tPrice\nETH\t2\t$3,000\n": [["ETH", "2", "$3,000"]],
    "5 1INCH": [["1INCH", "5", ""]],
    "-3 SOL": [["SOL", "-3", ""]],
}


@pytest.mark.parametrize("text", LISTS)
def test_a_list_of_coins_is_read_as_people_write_it(text: str) -> None:
    """Either order, prices or none, tables with a heading; what is read goes through the table's own rules."""
    table = HoldingsTable()
    table._pasted(table, {"pasted": text}, [])
    assert table.rows == LISTS[text]
    assert table.complaint == ""
    prices = {row[0]: 2.0 for row in table.rows}
    assert [h.symbol for h in table.portfolio(None, prices.get).holdings] == list(prices)


@pytest.mark.parametrize("text", ["BTC,0,125", "BTC, 0,125", "symbol,quantity\nBTC,0,125"])
def test_a_comma_for_a_point_is_no_column(text: str) -> None:
    """An eighth of a bitcoin is not none of it at a price of 125."""
    with pytest.raises(InputError, match=r"must have a point for decimals, as in 0\.125"):
        pasted_rows(text)


def test_what_is_saved_can_be_read_again() -> None:
    """The file of the button: heading, then a line a coin."""
    coins = Portfolio.of({"SOL": (5.5, 190), "BTC": (0.02, 90_000.25), "ADA": (-12, 0.85)})
    table = HoldingsTable()
    table.load(coins)
    rows = list(table.rows)
    text = "".join(",".join(row) + "\n" for row in [["symbol", "quantity", "price"], *rows])
    table._pasted(table, {"pasted": text}, [])
    assert table.rows == rows


@pytest.mark.parametrize(
    "text",
    [
        *("", "SOL", "5", "SOL five", "<b>x</b> 5", "5 SOL 6 7", "symbol,quantity\n", "1 2 3", "x" * 30_000),
        *("5 SOL\n" * 51, "5 SOL,800 ADA,", "=1+1 5"),
    ],
)
def test_what_is_no_list_of_coins_changes_nothing(text: str) -> None:
    """A sentence under the table, and the rows as they were."""
    table = a_table(["SOL", "5", "190"])
    table._pasted(table, {"pasted": text}, [])
    assert table.rows == [["SOL", "5", "190"]]
    assert table.complaint.endswith(".")


@pytest.mark.parametrize("content", [None, [], {}, {"pasted": None}, {"pasted": ["5 SOL"]}, "5 SOL"])
def test_a_message_of_another_kind_does_nothing(content: Any) -> None:
    """Only text is read."""
    table = a_table(["SOL", "5", "190"])
    table._pasted(table, content, [])
    assert table.rows == [["SOL", "5", "190"]]
    assert table.complaint == ""
