"""Reads one window from its first page to its last: what each page proves, and what to ask next.

Nothing the service was asked for is taken for granted: not the order, not the bounds, not that a link
leads forward. What is concluded (the window is done, may be split, may be checkpointed) is concluded
from the rows themselves.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime, timedelta

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.continuation import Continuation, Request
from source_circle_events.reading.order import Order
from source_circle_events.reading.window import INSTANT, Window

_MOST_REPEATED_PAGES = 10
_MOST_EMPTY_PAGES = 10_000
_SHORTEST = timedelta(seconds=4)
"""Not split below this: each window asks for a second too much at its start, five at its end."""


class WindowReader:
    def __init__(self, window: Window) -> None:
        self.window = window
        self.done = False
        self.pages = 0
        self.newest: datetime | None = None
        """The newest row that is out."""
        self._saved = window.start
        """Up to here, the state may say that all rows are out."""
        self._order = Order()
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
        first: dict[Hashable, int] = {}
        for i, row in enumerate(rows):
            first.setdefault(row, i)
        new = [i for row, i in first.items() if self._continuation.is_new(row)]
        self._check_progress(new=bool(new), empty=not rows)
        before, order = self._order.last, self._order
        order.note(
            page,
            [at for i in new if (at := page.created_at[i])],
            self.window,
            linked=self.request.link is not None,
            saved=self._saved > self.window.start,
        )
        disordered = order.ascends is False and self.by_key
        if disordered and self._continuation.start_over(self.window):
            return []
        mine = [i for i in new if (at := page.created_at[i]) is None or self.window.holds(at)]
        moments = [self.newest, *(page.created_at[i] for i in mine)]
        self.newest = max(filter(None, moments), default=None)
        if new:
            last = order.last if order.ascends is not False else None
            self._continuation.remember(page, rows, last)
        forward = order.ascends is True and order.last != before
        passed = order.ascends is True and order.beyond > 1
        self.done = passed or not self._continuation.go_on(
            page, self.window, order.last if forward else None
        )
        return mine

    def cut(self, end: datetime) -> None:
        """Read up to `end` only, if that is before the window's end."""
        if end < self.window.end:
            self.window = replace(self.window, end=max(end, self.window.start))
            self.done = self.done or self.window.end <= self.window.start

    def takes_over(self, window: Window) -> bool:
        """Read `window` too, if it follows, and the list at hand reaches its end and has passed over
        none of its rows."""
        if self.by_key or self.window.end != window.start or self._order.beyond:
            return False
        if self.request.window.end < window.end:
            return False
        self.window = replace(self.window, end=window.end)
        return True

    def pages_left(self) -> float:
        """An estimate from the last page's density; 0 where it may not be split."""
        if self.done or not self.by_key or self._read_to <= self.window.start:
            return 0
        if self.time_left < _SHORTEST:
            return 0
        return self.time_left / self._order.span if self._order.span else float("inf")

    @property
    def time_left(self) -> timedelta:
        """The part of the window that is not read; all of it where rows do not ascend."""
        return self.window.end - self._read_to

    def split(self, parts: int) -> list[WindowReader]:
        """Keep the first of `parts` equal parts of what is left; readers of the others."""
        mine, *others = replace(self.window, start=self._read_to).split(parts)
        self.window = replace(self.window, end=mine.end)
        self._continuation.until(self.window)
        return [WindowReader(window) for window in others]

    def checkpoint(self) -> tuple[Window, datetime | None] | None:
        """What is complete since the last checkpoint and its newest row; None if nothing is. A window
        that is not done is complete to just before its last row: more of that instant may follow."""
        end = self.window.end if self.done else self._read_to - INSTANT
        if end <= self._saved:
            return None
        complete, self._saved = Window(self._saved, end), end
        return complete, self.newest and min(self.newest, end)

    @property
    def _read_to(self) -> datetime:
        """The newest row, where rows ascend: none before it is missing."""
        return (self._order.ascends and self._order.last) or self.window.start

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
