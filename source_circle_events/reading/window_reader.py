"""A stretch of history on its way from first page to last, and what may be concluded from each page.

Nothing the service was asked for is taken for granted: not the order, not the bounds, not that a link
leads forward. What is concluded (the window is done, may be split, may be checkpointed) is concluded
from the rows themselves.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta
from itertools import pairwise

from source_circle_events import errors
from source_circle_events.http.page import Page, Row
from source_circle_events.reading.window import Window, moment

_MOST_REPEATS = 10
_MOST_EMPTY = 10_000
_SHORTEST = timedelta(seconds=4)
"""Not split below this: each window asks for a second too much at its start."""

Dated = tuple[datetime | None, Row]


class Stretch:
    def __init__(self, window: Window, density: float = 0.0) -> None:
        """`density`: pages a second of history, as it was where this stretch was cut off."""
        self.window = window
        self._density = density
        self.saved = window.start
        """Up to here, all rows are out and the state may say so."""
        self.newest: datetime | None = None
        """The newest row that is out and not yet in the state."""
        self.next_query: str | None = None
        self.done = False
        self.pages = 0
        self._ordered: bool | None = None
        """Whether pages come oldest first; None while all rows seen are of one instant."""
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._span = timedelta(0)
        self._asked: set[int] = set()
        self._previous_ids: set[Hashable] = set()
        self._barren = 0

    def take(self, page: Page) -> list[Dated]:
        """The rows of `page` that belong to the window and were not on the page before."""
        self.pages += 1
        dated = [(moment(row.get("created_at")), row) for row in page.rows]
        ids = {_id(row) for row in page.rows} - {None}
        if not ids.isdisjoint(self._previous_ids):
            dated = [(at, row) for at, row in dated if _id(row) not in self._previous_ids]
        self._check_progress(page, ids)
        self._check_order([created_at for created_at, _ in dated if created_at])
        mine = [(at, row) for at, row in dated if at is None or self.window.holds(at)]
        self.newest = max((at for at, _ in mine if at), default=None) or self.newest
        self._follow(page)
        return mine

    @property
    def ordered(self) -> bool:
        """Rows were seen to come oldest first, so that what lies behind the last one is known."""
        return self._ordered is True

    def pages_left(self) -> float:
        """An estimate from the last page's density; 0 where it may not be split."""
        if self.done or not self.ordered or self._last is None:
            return 0
        left = self.window.end - self._last
        if left < _SHORTEST or self._last <= self.window.start:
            return 0  # the service ignores the lower bound: parts would read all that lies before
        return left / self._span if self._span else float("inf")

    def pages_expected(self) -> float:
        """The same for people, by the density of all its pages: the last one's changes with the hour of
        the day. Infinite if nothing can be said."""
        if self._ordered is False:
            return float("inf")
        left = self.window.end - (self._last or self.window.start)
        return max(0.0, left.total_seconds()) * self._density

    def split(self, parts: int) -> list[Stretch]:
        """Keep the first of `parts` equal parts of what is left; the others."""
        assert self._last is not None  # noqa: S101  (pages_left() said so)
        mine, *others = self.window.after(self._last).split(parts)
        self.window = self.window.until(mine.end)
        return [Stretch(window, self._density) for window in others]

    def checkpoint(self) -> Window | None:
        """What is complete since the last checkpoint, though the window is not; None if nothing."""
        if not self.ordered or self._last is None:
            return None
        complete = self.window.after(self.saved).before(self._last)
        return complete if complete.end > complete.start else None

    def _follow(self, page: Page) -> None:
        self.next_query = page.next_query
        passed = self.ordered and self._last is not None and self._last > self.window.end
        if page.next_query is None or passed:
            self.done = True
            return
        key = hash(page.next_query)
        if key in self._asked:
            raise errors.system_error(
                "Circle's link to the next page leads back to a page that was already read, so the "
                "end of the list cannot be reached. The API misbehaves: please report it to Circle."
            )
        self._asked.add(key)

    def _check_progress(self, page: Page, ids: set[Hashable]) -> None:
        new = bool(ids - self._previous_ids) or any(_id(row) is None for row in page.rows)
        self._barren = 0 if new else self._barren + 1
        if self._barren > (_MOST_REPEATS if page.rows else _MOST_EMPTY):
            raise errors.system_error(
                f"Circle sent {self._barren} pages in a row with nothing new on them. "
                "The API misbehaves: please report it to Circle."
            )
        if ids:
            self._previous_ids = ids

    def _check_order(self, moments: list[datetime]) -> None:
        if not moments:
            return
        last = self._last or moments[0]
        if moments[0] < last or any(a > b for a, b in pairwise(moments)):
            if self._ordered:
                raise errors.system_error(
                    "Circle sent records in another order than asked for (oldest first), in the "
                    "middle of a list, so that none can be known to be complete. Please report it."
                )
            self._ordered = False
        elif self._ordered is None and moments[0] < moments[-1]:
            self._ordered = True
        self._first = self._first or moments[0]
        self._last = max(moments[-1], last)
        self._span = moments[-1] - moments[0]
        if self._last > self._first:
            self._density = self.pages / (self._last - self._first).total_seconds()


def _id(row: Row) -> Hashable:
    identity = row.get("id")
    return identity if isinstance(identity, str | int) else None
