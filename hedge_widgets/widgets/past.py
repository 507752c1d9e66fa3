"""States to go back to, and the button that does it."""

from collections.abc import Callable
from typing import Any

import ipywidgets

from hedge_widgets.widgets.controls import Look

MOST = 50


class Past:
    """The states before the present one, newest last, at most 50; ``button`` goes back a step.

    Parameters
    ----------
    look
        Of the page.
    go_back
        Shows a state again. What it settles on the way is no new step.
    """

    def __init__(self, look: Look, go_back: Callable[[Any], None]) -> None:
        self._go_back = go_back
        self._earlier: list[Any] = []
        self._present: Any = None
        self.button = look.make(
            ipywidgets.Button,
            description="↶ Undo",
            disabled=True,
            tooltip="Go back to the state before the last change",
        )

    def begin(self, state: Any) -> None:
        """Take a state as the first; there is nothing before it."""
        self._earlier, self._present = [], state
        self.button.disabled = True

    def settle(self, state: Any) -> None:
        """Take a state as the present one; the one before it, if it differs, can be had back."""
        if state != self._present:
            self._earlier = [*self._earlier[1 - MOST :], self._present]
        self._present = state
        self.button.disabled = not self._earlier

    def undo(self) -> None:
        """Go back to the state before the last change, if there is one."""
        if not self._earlier:
            return
        *earlier, state = self._earlier
        self._go_back(state)
        self._earlier, self._present = earlier, state
        self.button.disabled = not earlier
