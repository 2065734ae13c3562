"""Reads one window. Decides when it is complete, when it may be split and how far the state may move.

It relies on the records received, not on the request: Circle may ignore the requested order and bounds,
and a link may lead to a page that was already read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from source_circle_events.failure_types import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.next_request import Continuation, Request
from source_circle_events.reading.order import Order
from source_circle_events.reading.window import SHORTEST_PART, Window, before_second

PAGES_PER_WINDOW = 8
"""Windows are split to this length in pages. If they were shorter, more pages would be half empty: the
last one of each. If they were longer, a sync after a kill would read more again."""
_MAX_REPEATED_PAGES = 10
_MAX_EMPTY_PAGES = 10_000


class WindowReader:
    """Reads one window: what was read, what is missing, what to request next."""

    def __init__(self, window: Window, *, keys_work: bool | None = None) -> None:
        self.window = window
        self.done = False
        self.keys_work = keys_work
        """Whether Circle respects `created_at_gt` and the order; None until a page shows it."""
        self.complete_to = window.start
        """No record up to this time is missing, so the state may move here."""
        self.order = Order()
        self._continuation = Continuation(window)
        self._gap = False
        """Whether records may be missing between two pages. The state then waits until `done`."""
        self.pages = 0
        """The number of pages that were read."""
        self._pages_without_new = 0

    @property
    def request(self) -> Request:
        """The next page to request."""
        return self._continuation.request

    def take(self, page: Page) -> list[int]:
        """Returns the positions of the window's new records on `page`; decides what to request next."""
        self.pages += 1
        request, order, before = self.request, self.order, self.order.last
        records = [hash(bytes(row)) for row in page.rows]
        first_at: dict[int, int] = {}
        for i, record in enumerate(records):
            first_at.setdefault(record, i)
        new = [i for record, i in first_at.items() if self._continuation.is_new(record)]
        self._check_progress(new=bool(new), empty=not records)
        moments = [at for i in new if (at := page.created_at[i])]
        order.note(page, moments, self.window, linked=request.link is not None)
        first = page.first_created_at
        rounding = timedelta(0) if request.key else page.resolution
        ignored = first is not None and first < request.lower - rounding
        if self.keys_work is not False and (ignored or order.ascends is False):
            self.keys_work = False
            if request.key or request.link:
                rest = replace(self.window, start=self.complete_to)
                self._continuation.use_links(rest, ignored=ignored)
                self._pages_without_new = -self.pages  # all may be repeated
                return []
        if request.key and not request.link and first and before:
            # It begins with the last record read, unless that was deleted or the order changed.
            self.keys_work = True
            self._gap |= first > before
        last = None if self.keys_work is False else order.last
        if new:
            self._continuation.remember(page, records, last)
        moved = order.ascends is True and order.last != before
        # Records later than the window end it only on a later page, in order, with new records.
        ordered = order.ascends is True and self.pages > 1 and not self._gap
        passed = ordered and bool(new) and order.beyond > 1
        self.done = passed or not self._continuation.go_on(
            page, self.window, last if moved else None
        )
        if self.done:
            self.complete_to = self.window.end
            self._continuation = Continuation(self.window)  # frees its memory
        elif moved and before and not self._gap:
            self.complete_to = before_second(before)
        return [i for i in new if (at := page.created_at[i]) is None or self.window.holds(at)]

    def cut(self, end: datetime) -> None:
        """Reads only up to `end`, if that is before the window's end."""
        if end < self.window.end:
            self.window = replace(self.window, end=max(end, self.window.start))
            self.done = self.window.end <= self.window.start

    def pages_left(self) -> float:
        """Estimates how many pages are left, from the density of the last page. Returns 0 if the window
        must not be split."""
        known = self.keys_work and self.order.ascends and self.order.span
        return self.time_left / known if known and self.time_left >= 2 * SHORTEST_PART else 0

    @property
    def time_left(self) -> timedelta:
        """The unread part of the window; all of it unless records are in ascending order."""
        read_to = (self.order.ascends and self.order.last) or self.window.start
        return self.window.end - read_to

    def split(self, parts: int, *, rising: bool) -> list[WindowReader]:
        """Splits the unread part into `parts` windows; keeps one, returns readers of the others.

        `rising`: where more is left, each is longer than the one before. So workers that begin together
        do not finish together, each with a whole window that the state does not cover.
        """
        longest = PAGES_PER_WINDOW * self.order.span
        lengths = [min(self.time_left / parts, longest)] * (parts - 1)
        if rising and self.time_left > parts * longest:
            lengths = [longest * n / parts for n in range(1, parts)]
        left = replace(self.window, start=self.window.end - self.time_left)
        mine, *others = left.split(lengths)
        self.window = replace(self.window, end=mine.end)
        return [WindowReader(window, keys_work=True) for window in others]

    def _check_progress(self, *, new: bool, empty: bool) -> None:
        self._pages_without_new = 0 if new else self._pages_without_new + 1
        if self._pages_without_new > (_MAX_EMPTY_PAGES if empty else _MAX_REPEATED_PAGES):
            raise system_error(
                f"Circle sent {self._pages_without_new} pages in a row with nothing new on them. "
                "The API misbehaves: please report it to Circle."
            )
