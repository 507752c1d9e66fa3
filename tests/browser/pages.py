"""The pages that every test of ``test_pages.py`` is run on: a new page is one more entry."""

from typing import Any

from hedge_widgets import (
    CarryExplorer,
    HedgePlanner,
    HedgeRatioLab,
    HedgeWatch,
    MarginExplorer,
    PortfolioMarginExplorer,
    RebalancingExplorer,
)
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS
from hedge_widgets.pages.carry.examples import examples as carry_examples
from hedge_widgets.pages.margin.examples import examples as margin_examples
from hedge_widgets.pages.planner.examples import examples as planner_examples
from hedge_widgets.pages.portfolio_margin.examples import EXAMPLES
from hedge_widgets.pages.rebalancing.examples import examples as rebalancing_examples
from hedge_widgets.pages.watch.examples import examples as watch_examples
from tests.browser.explorer_page import CONTRACT, Choice, PageSpec, Refusal
from tests.charts import pages as parts


def claims(examples: Any) -> tuple[tuple[str, str, str], ...]:
    """Return title, what is said and what is true of worked examples."""
    return tuple((example["title"], example["said"], example["true"]) for example in examples)


HEDGE_RATIO = PageSpec(
    parts=parts.HEDGE_RATIO,
    notebook="02_hedge_ratio.ipynb",
    explorer=HedgeRatioLab,
    stamps=dict.fromkeys(parts.HEDGE_RATIO.keys, "simulated prices"),
    counts={".hw-estimators tr": 2 + len(ESTIMATORS), ".hw-hedges tbody tr:nth-of-type(10)": 1},
    says={".hw-badge": "simulated sample"},
    start=(
        ("You hold", "ETH"),  # a detour: from here on the page shows what the kernel sent, not what it was built with
        ("You hold", "five coins, equal weight"),
        ("You short", "BTC"),
        ("Return over", "1 day"),
        ("Returns", "simple"),
        ("Estimator", "least squares = minimum variance"),
    ),
    choices=(
        Choice(
            chosen={"You hold": "ETH", "You short": "BTC"},
            means={"spot": "ETH", "hedge": "BTC"},
            says={".hw-readout-story": "ETH", ".hw-plot-scatter .xtitle": "BTC"},
        ),
        Choice(
            chosen={"You hold": "DOGE", "You short": "ETH"},
            means={"spot": "DOGE", "hedge": "ETH"},
            says={".hw-readout-story": "DOGE", ".hw-plot-scatter .xtitle": "ETH"},
        ),
        Choice(chosen={"Estimator": "Kalman filter (ratio drifts)"}, means={"estimator": "kalman"}),
        Choice(chosen={"Return over": "7 days", "Returns": "log"}, means={"horizon": 7, "kind": "log"}),
        Choice(
            chosen={"You hold": "BTC", "You short": "BTC"},
            means={"spot": "BTC", "hedge": "BTC"},
            says={".hw-readout-story": "BTC", ".hw-plot-scatter .xtitle": "BTC"},
        ),
    ),
    refusals=(
        Refusal(
            box="Position, $",
            typed="0",
            words="The position must be worth 1 to 1,000,000,000,000 dollars, not 0",
            right="50000",
            control="position_value",
        ),
    ),
)

MARGIN = PageSpec(
    parts=parts.MARGIN,
    notebook="03_margin.ipynb",
    explorer=MarginExplorer,
    stamps={"price": "a drawn path, not a forecast"},
    counts={".hw-venues tr": 8 + 4, ".hw-one tr": 8, ".hw-story .hw-danger .hw-lead": 1},
    says={".hw-venues": "11.891"},
    examples=claims(margin_examples()),
    rescales=("days",),
    choices=(
        Choice(
            chosen={CONTRACT: "Binance COIN-M BTCUSD_PERP · inverse · pays every 8 hours"},
            means={"contract": "Binance COIN-M BTCUSD_PERP"},
            says={
                ".hw-readout-story": "the BTC short",
                ".hw-readout-tiles": "coin margin cancels",
                ".hw-foot": "Binance COIN-M BTCUSD_PERP",
            },
        ),
    ),
    refusals=(
        Refusal(
            box="Entry price, $",
            typed="0",
            words="Entry price must be $1e-06 to $1e+12, not $0.",
            right="250",
            control="entry_price",
        ),
    ),
)

PORTFOLIO_MARGIN = PageSpec(
    parts=parts.PORTFOLIO_MARGIN,
    notebook="04_portfolio_margin.ipynb",
    explorer=PortfolioMarginExplorer,
    counts={".hw-units tr": 3, ".hw-plot-heat .heatmaplayer text": 4 * 7},
    says={".hw-badge": "simplified teaching model"},
    examples=claims(map(vars, EXAMPLES)),
    moves_in={"future": 2, "second_spot": 2, "credit": 2, "volatility": 4},
    choices=(
        Choice(chosen={"Portfolio margin of": "Deribit"}, means={"venue": "Deribit"}),
        Choice(
            chosen={"Portfolio margin of": "Bybit", "The coins you hold": "Do not offset them"},
            means={"venue": "Bybit", "spot_use": "none"},
        ),
        Choice(chosen={"Coin": "ETH"}, means={"coin": "ETH"}),
    ),
    refusals=(
        Refusal(
            box="Price of the coin, $", typed="0", words="Price of the coin must be", right="50000", control="price"
        ),
        Refusal(
            box="Cash in the account, $",
            typed="-5",
            words="Cash in the account must be $0 to $1e+12, not -$5.",
            right="50000",
            control="cash",
        ),
    ),
)

CARRY = PageSpec(
    parts=parts.CARRY,
    notebook="05_carry.ipynb",
    explorer=CarryExplorer,
    stamps={"accrued": "BTC, simulated sample, 2,922 days"},
    counts={".hw-head .hw-simulated": 1, ".hw-six tr": 1 + 6},
    says={".hw-six": "41.5 %"},  # a slider in steps of 5 keeps the figure
    examples=claims(carry_examples()),
    rescales=("days", "funding_rate"),
    choices=(
        Choice(
            chosen={CONTRACT: "WIFUSDT"},
            means={"contract": "Binance USD-M WIFUSDT"},
            stamps={"accrued": "WIF, simulated sample, 2,922 days"},
            says={".hw-readout-story": "every 4 hours: you pay"},
        ),
        Choice(
            chosen={CONTRACT: "WIFUSDT", "Opened when funding was": "low-cap squeeze"},
            means={"contract": "Binance USD-M WIFUSDT", "opened_at": -0.005},
            says={".hw-readout-story": "you pay"},
        ),
    ),
    refusals=(
        Refusal(
            box="Dated future expires on",
            typed="2026-11-01",
            words="must not have expired before today",
            right="2027-06-25",
            control="expiry",
        ),
        Refusal(
            box="It is rolled on",
            typed="2026-11-01",
            words="The roll date must lie from today",
            right="2026-12-01",
            control="roll_date",
        ),
        Refusal(
            box="It is rolled on",
            typed="tomorrow",
            words="must be a date such as",
            right="2026-12-01",
            control="roll_date",
        ),
        Refusal(
            box="Leverage of the short",
            typed="1000",
            words="Leverage must be 1 to 150 for 15,000 dollars",
            right="5",
            control="leverage",
        ),
    ),
)

REBALANCING = PageSpec(
    parts=parts.REBALANCING,
    notebook="06_rebalancing.ipynb",
    explorer=RebalancingExplorer,
    stamps={"holding": "simulated prices and funding, seed 15"},
    counts={".hw-rules tr": 7},
    says={".hw-readout-story": "±8.4 %", ".hw-asked": "buy back $2,250"},
    examples=claims(rebalancing_examples()),
    rescales=("fixed_cost", "path"),
    choices=(
        Choice(
            chosen={"What is hedged": "Coins, short on the same coin"},
            means={"kind": "same"},
            says={".hw-readout-story": "You never have to trade"},
        ),
        Choice(
            chosen={"What is hedged": "A sold call, by its delta"},
            means={"kind": "option"},
            says={".hw-readout-tiles": "only the option has it"},
        ),
        Choice(
            chosen={"Rule to look at": "Volatility"},
            means={"watched": "volatility"},
            says={".hw-changing": "30-day volatility"},
        ),
    ),
    refusals=(
        Refusal(
            box="Their correlation",
            typed="1.5",
            words="Their correlation must be -1 to 1, not 1.5",
            right="0.5",
            control="correlation",
        ),
        Refusal(box="Seed", typed="1.5", words="Seed must be a whole number, not 1.5", right="2", control="seed"),
        Refusal(
            box="Position, $",
            typed="0",
            words="Position must be $1 to $1e+12, not $0.",
            right="50000",
            control="position_value",
        ),
    ),
)

PLANNER = PageSpec(
    parts=parts.PLANNER,
    notebook="07_plan.ipynb",
    explorer=HedgePlanner,
    counts={".hw-checks tr": 1 + 15, ".hw-ticket-text": 1},
    says={".hw-ticket-text": "$570, isolated", ".hw-contracts": "cheapest that fits", ".hw-badge": "simulated sample"},
    examples=claims(planner_examples()),
    rescales=("days", "limit"),
    choices=(
        Choice(
            chosen={CONTRACT: "Binance COIN-M BTCUSD_PERP · inverse · pays every 8 hours"},
            means={"contract": "Binance COIN-M BTCUSD_PERP"},
            says={".hw-readout-story": "Binance COIN-M BTCUSD_PERP", ".hw-foot": "Binance COIN-M BTCUSD_PERP"},
        ),
        Choice(
            chosen={"Close it": "On the review date"},
            means={"exit": "date"},
            says={".hw-ticket-text": "whatever the price"},
        ),
    ),
    refusals=(
        Refusal(
            box="Share of a full hedge, %",
            typed="250",
            words="Share of a full hedge must be 0 to 200 %, not 250",
            right="50",
            control="coverage",
        ),
        Refusal(
            box="Cash on the exchange, $ (0: unknown)",
            typed="-5",
            words="Cash on the exchange must be",
            right="900",
            control="cash",
        ),
    ),
)

WATCH = PageSpec(
    parts=parts.WATCH,
    notebook="08_watch.ipynb",
    explorer=HedgeWatch,
    counts={".hw-checks tr": 1 + 9, ".hw-choices tr": 1 + 4},
    says={".hw-badge": "worked example", ".hw-checks": "Your coins are 18", ".hw-sums": "+$2,426.42"},
    examples=claims(watch_examples()),
    rescales=("move",),
    choices=(Choice(chosen={"A size that looks wrong": "Take it as typed"}, means={"sizes": "take"}),),
    refusals=(
        Refusal(
            box="Share of a full hedge that you plan, %",
            typed="250",
            words="Share of a full hedge that you plan must be 0 to 200 %, not 250",
            right="40",
            control="coverage",
        ),
        Refusal(
            box="Cash on the exchange, $ (0: unknown)",
            typed="-5",
            words="Cash on the exchange must be",
            right="900",
            control="cash",
        ),
    ),
)

PAGES = (HEDGE_RATIO, MARGIN, PORTFOLIO_MARGIN, CARRY, REBALANCING, PLANNER, WATCH)
