"""The insurance fund, and the winners whose hedges are closed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import (
    bankruptcy_price,
    deleveraged_quantities,
    deleveraging_score,
    insurance_flow,
    loss_distribution,
)


def test_the_fund_gains_from_a_fill_better_than_bankruptcy() -> None:
    """A short bankrupt at 33,000: filled at 32,900 the fund gains 100, at 33,200 it pays 200; a long the other way."""
    assert insurance_flow("linear", -1.0, 1.0, 33_000.0, np.array([32_900.0, 33_200.0])) == pytest.approx([100, -200])
    assert insurance_flow("linear", 1.0, 2.0, 27_000.0, 26_900.0) == pytest.approx(-200)
    assert insurance_flow("inverse", 1.0, 27_000.0, 27_000.0, 30_000.0) == pytest.approx(0.1)


def test_low_leverage_ranks_lower() -> None:
    """The same profit with bankruptcy twice as far has half the score and less; a loss is divided by the leverage."""
    near = deleveraging_score(15_000.0, 60_000.0, 45_000.0, 80_000.0)
    assert near == pytest.approx((0.25, 45 / 35, 0.25 * 45 / 35))
    far = deleveraging_score(15_000.0, 60_000.0, 45_000.0, 120_000.0)
    assert far[2] < near[2]
    assert deleveraging_score(-6_000.0, 60_000.0, 66_000.0, 80_000.0)[2] == pytest.approx(-0.1 / (66 / 14))
    assert deleveraging_score(1.0, 60_000.0, 80_000.0, 80_000.0)[1:] == (None, None)


def test_the_queue_closes_the_highest_score_first() -> None:
    """12 bankrupt coins take all 5 of the first, all 4 of the second and 3 of the third."""
    closed = deleveraged_quantities([0.1, 0.9, 0.5, 0.3], [10.0, 5.0, 4.0, 6.0], 12.0)
    assert list(closed) == [0.0, 5.0, 4.0, 3.0]
    rows = deleveraged_quantities([0.1, 0.9], [[10.0, 5.0], [1.0, 1.0]], np.array([6.0, 9.0]))
    assert rows.tolist() == [[1.0, 5.0], [1.0, 1.0]]
    with pytest.raises(InputError, match="the queue must hold at least one position; it is empty"):
        deleveraged_quantities([], [], 1.0)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 100)), min_size=1, max_size=8), st.floats(0, 500))
def test_the_queue_closes_what_is_needed(queue: list[tuple[float, float]], bankrupt: float) -> None:
    """Nobody loses more than he has, and all together what is bankrupt, as far as there is."""
    scores, quantities = np.transpose(queue)
    closed = deleveraged_quantities(scores, quantities, bankrupt)
    assert np.all((closed >= 0) & (closed <= quantities))
    assert closed.sum() == pytest.approx(min(bankrupt, quantities.sum()), abs=1e-9)


def test_who_pays_for_a_crash() -> None:
    """10 longs bankrupt at 100 and a market of 90: 100 lost, 60 paid by the fund, 4 coins taken from the winners."""
    assert loss_distribution(10.0, 100.0, 90.0, 60.0) == pytest.approx((60.0, 40.0, 4.0))
    assert loss_distribution(10.0, 100.0, 110.0, 60.0) == (0.0, 0.0, 0.0)
    paid, left, taken = loss_distribution(10.0, 100.0, np.array([99.0, 80.0]), 60.0)
    assert paid.tolist() == [10.0, 60.0]
    assert left.tolist() == [0.0, 140.0]
    assert taken.tolist() == [0.0, 7.0]


def test_bankruptcy_after_the_closing_fee() -> None:
    """Equity less the fee is zero there: 10,000 USD long at 50,000 with 0.1 coins; a linear short of 1."""
    price = bankruptcy_price("inverse", 1.0, 10_000.0, 50_000.0, 0.1, 0.0006)
    assert 0.1 + 10_000 / 50_000 - 10_000 / price == pytest.approx(0.0006 * 10_000 / price)
    price = bankruptcy_price("linear", -1.0, 1.0, 10.0, 2.0, 0.0006)
    assert 2.0 - (price - 10) == pytest.approx(0.0006 * price)
