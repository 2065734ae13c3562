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

    def __init__(self) -> None:
        self.ascends: bool | None = None
        """Whether rows come oldest first; None while all rows seen are of one instant."""
        self.last: datetime | None = None
        """The newest row seen that is not beyond the window."""
        self.span = timedelta(0)
        """From the first to the last row of the last page; by it the window is split, and not by the
        average of all pages, which does not show a hot hour (measured: twice the time)."""
        self.beyond = 0
        """Rows at the end of what was read that lie beyond the window: one may be out of shape."""

    def note(
        self, page: Page, new: Sequence[datetime], window: Window, *, linked: bool, saved: bool
    ) -> None:
        """Take in the moments of the new rows of `page`.

        `linked`: it was asked for by a link. `saved`: a state already relies on the order, so that
        a page which breaks it is an error.
        """
        inside = [at for at in new if window.start <= at <= window.end]
        for at in new:
            self.beyond = self.beyond + 1 if at > window.end else 0
        seen = inside or new
        if not seen:
            return
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
        if inside:
            self.last = max(*inside, self.last or inside[0])
            self.span = max(timedelta(0), inside[-1] - inside[0])


def _descends(moments: Sequence[datetime]) -> bool:
    return any(a > b for a, b in pairwise(moments))
