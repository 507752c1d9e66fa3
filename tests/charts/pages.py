"""What every page draws and says, by the tests of its own charts: a new page is one more line here."""

from tests.charts.test_carry_page import PAGE as CARRY
from tests.charts.test_hedge_ratio import PAGE as HEDGE_RATIO
from tests.charts.test_margin import PAGE as MARGIN
from tests.charts.test_planner import PAGE as PLANNER
from tests.charts.test_portfolio_margin import PAGE as PORTFOLIO_MARGIN
from tests.charts.test_rebalancing_page import PAGE as REBALANCING
from tests.charts.test_watch import PAGE as WATCH

PAGES = (HEDGE_RATIO, MARGIN, PORTFOLIO_MARGIN, CARRY, REBALANCING, PLANNER, WATCH)
