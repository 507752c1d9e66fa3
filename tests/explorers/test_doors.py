"""The small pictures on the start page's doors are those of the book in force."""

import numpy as np
import pytest

from hedge_widgets import StartPage
from hedge_widgets.pages.book import PAGES
from hedge_widgets.pages.hedge.doors import HEIGHT, WIDTH, pictures

DOORS = {name: page[1] for name, page in PAGES.items() if name != "start"}


@pytest.fixture(scope="module")
def start() -> StartPage:
    """Give a start page."""
    return StartPage()


def test_every_door_has_a_picture_within_its_field(start: StartPage) -> None:
    """Lines of at least two points, from edge to edge."""
    assert start._doors.pictures.keys() == set(DOORS.values())
    for lines in start._doors.pictures.values():
        assert lines
        points = np.concatenate([np.array(points) for _, points in lines])
        assert points.min() >= 0.0
        assert (points.max(axis=0) <= [WIDTH, HEIGHT]).all()
        assert np.ptp(points[:, 0]) > 0.9 * WIDTH


def test_a_picture_is_drawn_to_scale(start: StartPage) -> None:
    """Where the net lies above the coins in the model, it does so in the picture; no move is where both meet zero."""
    picture = start.live.picture(**start.live.values)
    (_, coins), (_, net) = pictures(picture)["simulator"]
    value = float(np.ravel(picture.outcome.spot_value)[0])
    above = picture.curve_net[0] > value * picture.curve_move[0]
    is_higher = np.array(net)[:, 1] < np.array(coins)[:, 1]
    assert (above == is_higher)[np.abs(picture.curve_net[0] - value * picture.curve_move[0]) > 0.05 * value].all()


def test_pictures_follow_the_book(start: StartPage) -> None:
    """Another hedge, other pictures; a refused one has none."""
    before = start._doors.pictures
    start._table.rows = [["BTC", "1000", "90000"]]
    assert start._doors.pictures != before
    start.controls.sliders["leverage"].value = 150.0
    at = list(start.live.values.values())
    start.live._answer(start.live, {"kind": "rest", "revision": start.live._revision, "at": at}, [])
    assert start._doors.pictures == {}
