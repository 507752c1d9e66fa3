"""The ticket on the page: its text to copy and to print, and its reminder to save."""

from pathlib import Path

import anywidget
import traitlets


class TicketView(anywidget.AnyWidget):
    """Text with buttons that copy it, save a calendar file and print the page; empty text shows ``missing`` instead.

    Attributes
    ----------
    text
        What is shown and copied; the link to the page goes along where the page has an address.
    calendar, file
        The calendar file and its name.
    missing
        Why there is no ticket.
    """

    _esm = (Path(__file__).parent / "ticket.js").read_text(encoding="utf-8")
    text = traitlets.Unicode("").tag(sync=True)
    calendar = traitlets.Unicode("").tag(sync=True)
    file = traitlets.Unicode("").tag(sync=True)
    missing = traitlets.Unicode("").tag(sync=True)
