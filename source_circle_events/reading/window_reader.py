"""Reads one window from its first page to its last: what each page proves, and what to ask next.

Nothing the service was asked for is taken for granted: not the order, not the bounds, not that a link
leads forward. What is concluded (the window is done, may be split, may be checkpointed) is concluded
from the rows themselves.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.continuation import Continuation, Request
from source_circle_events.reading.order import Order
from source_circle_events.reading.window import Window

_MOST_REPEATED_PAGES = 10
_MOST_EMPTY_PAGES = 10_000
_SHORTEST = timedelta(seconds=4)
"""Not split below this: each window asks for a second too much at its start, five at its end."""


class WindowReader:
    def __init__(self, window: Window, density: float = 0.0) -> None:
        """`density`: pages a second of history, where this window was cut off."""
        self.window = window
        self.done = False
        self.pages = 0
        self.newest: datetime | None = None
        """The newest row that is out."""
        self._saved = window.start
        """Up to here, the state may say that all rows are out."""
        self._order = Order(density)
        self._continuation = Continuation(window)
        self._pages_without_new_rows = 0

    @property
    def request(self) -> Request:
        """The page to ask for next."""
        return self._continuation.request

    @property
    def by_key(self) -> bool:
        """False once the service was seen to ignore `created_at_gt`, or the order."""
        return self._continuation.by_key

    def take(self, page: Page) -> list[int]:
        """Which rows of `page` are the window's own and new; decides what to ask next."""
        self.pages += 1
        if self._continuation.refuses(page):
            return []
        rows = _identities(page)
        new = [i for i, row in enumerate(rows) if self._continuation.is_new(row)]
        self._check_progress(new=bool(new), empty=not rows)
        forward = self._order.note(
            page,
            [at for i in new if (at := page.created_at[i])],
            self.window,
            linked=self.request.link is not None,
            saved=self._saved > self.window.start,
        )
        disordered = self._order.ascends is False and self.by_key
        if disordered and self._continuation.start_over(self.window):
            return []
        mine = [i for i in new if (at := page.created_at[i]) is None or self.window.holds(at)]
        dated = [at for i in mine if (at := page.created_at[i])]
        self.newest = max([*dated, *([self.newest] if self.newest else [])], default=None)
        last = self._order.last
        if new:
            ascends = self._order.ascends is not False
            self._continuation.remember(
                page, rows, last - page.resolution if last and ascends else None
            )
        passed = self._order.ascends is True and self._order.beyond > 1
        self.done = passed or not self._continuation.go_on(
            page, self.window, last if forward else None
        )
        return mine

    def cut(self, end: datetime) -> None:
        """Read up to `end` only, if that is before the window's end."""
        if end < self.window.end:
            self.window = self.window.until(max(end, self.window.start))
            self.done = self.done or self.window.end <= self.window.start

    def takes_over(self, window: Window) -> bool:
        """Read `window` too, if it follows, and the list at hand reaches its end and has passed over
        none of its rows."""
        if self.by_key or self.window.end != window.start or self._order.beyond:
            return False
        if self._continuation.list_end < window.end:
            return False
        self.window = self.window.until(window.end)
        return True

    def pages_left(self) -> float:
        """An estimate from the last page's density; 0 where it may not be split."""
        last = self._order.last
        if self.done or not self._order.ascends or not self.by_key or last is None:
            return 0
        if self.window.end - last < _SHORTEST or last <= self.window.start:
            return 0
        return self._order.pages_left(self.window.end)

    def pages_expected(self) -> float:
        """The same for people, by the density of all its pages: the last one's changes with the hour of
        the day. Infinite if nothing can be said."""
        if self._order.ascends is False:
            return float("inf")
        left = self.window.end - (self._order.last or self.window.start)
        return max(0.0, left.total_seconds()) * self._order.density

    def split(self, parts: int) -> list[WindowReader]:
        """Keep the first of `parts` equal parts of what is left; readers of the others."""
        assert self._order.last is not None  # noqa: S101  (pages_left() said so)
        mine, *others = self.window.after(self._order.last).split(parts)
        self.window = self.window.until(mine.end)
        self._continuation.until(self.window)
        return [WindowReader(window, self._order.density) for window in others]

    def checkpoint(self) -> tuple[Window, datetime | None] | None:
        """What is complete since the last checkpoint and its newest row; None if nothing is. A window
        that is not done is complete to just before its last row: more of that instant may follow."""
        complete = self.window.after(self._saved)
        if not self.done:
            if not self._order.ascends or self._order.last is None:
                return None
            complete = complete.before(self._order.last)
        if complete.end <= complete.start:
            return None
        self._saved = complete.end
        return complete, self.newest and min(self.newest, complete.end)

    def _check_progress(self, *, new: bool, empty: bool) -> None:
        self._pages_without_new_rows = 0 if new else self._pages_without_new_rows + 1
        if self._pages_without_new_rows > (_MOST_EMPTY_PAGES if empty else _MOST_REPEATED_PAGES):
            raise system_error(
                f"Circle sent {self._pages_without_new_rows} pages in a row with nothing new on "
                "them. The API misbehaves: please report it to Circle."
            )


def _identities(page: Page) -> list[Hashable]:
    """What tells rows apart: `id`, or all of a row that has none."""
    return [
        bytes(row) if identity is None else identity
        for identity, row in zip(page.ids, page.rows, strict=True)
    ]
