"""What the rows of a window showed of their order, and of where in the window they lie."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.window import Window


class Order:
    """Of one window; it believes rows, and not that what was asked for was done."""

    def __init__(self, density: float) -> None:
        """`density`: pages a second of history, where the window was cut off from another one."""
        self.ascends: bool | None = None
        """Whether rows come oldest first; None while all rows seen are of one instant."""
        self.last: datetime | None = None
        """The newest row seen that is not beyond the window."""
        self.beyond = 0
        """Rows at the end of what was read that lie beyond the window: one may be out of shape."""
        self.density = density
        self._first: datetime | None = None
        self._span = timedelta(0)
        self._pages = 0

    def note(
        self, page: Page, new: Sequence[datetime], window: Window, *, linked: bool, saved: bool
    ) -> bool:
        """Take in the moments of the new rows of `page`; True if they lead forward in order.

        `linked`: it was asked for by a link. `saved`: a state already relies on the order, so that
        a page which breaks it is an error.
        """
        self._pages += 1
        inside = [at for at in new if window.start <= at <= window.end]
        for at in new:
            self.beyond = self.beyond + 1 if at > window.end else 0
        seen = inside or new
        if not seen:
            return False
        last = self.last or seen[0]
        jumbled = _descends(seen)
        back = linked and max(at for at in page.created_at if at) < last
        if (jumbled or back) and not saved:
            self.ascends = False
        elif jumbled and self.ascends:
            raise system_error(
                "Circle sent records in another order than asked for (oldest first), in the middle "
                "of a list, so that none can be known to be complete. Please report it to Circle."
            )
        elif (
            self.ascends is None
            and new[0] >= (self.last or new[0])
            and (last < seen[-1] or (new[0] < new[-1] and not _descends(new)))
        ):
            self.ascends = True
        return bool(inside) and self._moved(inside)

    def pages_left(self, end: datetime) -> float:
        """Pages up to `end`, by the density of the last one; infinite if all of it was one instant."""
        left = end - self.last if self.last else timedelta(0)
        return left / self._span if self._span else float("inf")

    def _moved(self, inside: Sequence[datetime]) -> bool:
        forward = self.last is None or max(inside) > self.last
        self._first = min(inside[0], self._first or inside[0])
        self.last = max(*inside, self.last or inside[0])
        self._span = max(timedelta(0), inside[-1] - inside[0])
        if self.last > self._first:
            self.density = self._pages / (self.last - self._first).total_seconds()
        return forward and self.ascends is True


def _descends(moments: Sequence[datetime]) -> bool:
    return any(a > b for a, b in pairwise(moments))
