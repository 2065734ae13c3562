"""Finds out whether records come in ascending order of `created_at`, and how dense they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from source_circle_events.http.page import Page
from source_circle_events.reading.window import Window


class Order:
    """What the records of one window show so far: their order, and the time that a page covers."""

    def __init__(self) -> None:
        self.ascends: bool | None = None
        """Whether records come oldest first; None while all records seen have the same time."""
        self.last: datetime | None = None
        """The time of the newest record inside the window."""
        self.span = timedelta(0)
        """The time that the last page covers, since the last record of the page before it. With the
        average of all pages a sync with a busy hour takes twice as long (measured)."""
        self.beyond = 0
        """How many records in a row, up to the last one, are later than the window. A single one may be
        out of order."""

    def note(self, page: Page, new: Sequence[datetime], window: Window, *, linked: bool) -> None:
        """Evaluates `new`, the times of the new records on `page`. `linked`: a link led to the page.

        `ascends` becomes False, and stays so, if a record is older than the one before it, or if all on
        a linked page are older than the newest one read. It becomes True if they get newer.
        """
        inside = [at for at in new if window.holds(at)]
        for at in new:
            self.beyond = self.beyond + 1 if at > window.end else 0
        if not new:
            return
        last = self.last or new[0]
        back = linked and max(at for at in page.created_at if at) < last
        if back or any(earlier > later for earlier, later in pairwise(new)):
            self.ascends = False
        elif self.ascends is None and last <= new[0] and last < new[-1]:
            self.ascends = True
        if inside:
            newest = max(*inside, self.last or inside[0])
            self.span, self.last = newest - (self.last or window.start), newest
