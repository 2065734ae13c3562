"""Reads one window page by page, and decides when it is complete and may be split or checkpointed.

These decisions use the records received, since Circle may ignore the requested order and bounds, and a
link may lead back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.next_request import Continuation, Request
from source_circle_events.reading.order import Order
from source_circle_events.reading.window import Window, before_second

PAGES_PER_WINDOW = 8
"""The length of a window in pages; longer ones are split. Shorter windows would have more last pages,
which are half empty; longer ones would be read further ahead of the state."""
_MAX_REPEATED_PAGES = 10
_MAX_EMPTY_PAGES = 10_000
_SHORTEST = timedelta(seconds=4)
"""Shorter windows are not split: a request's bounds are up to six seconds wider than its window."""


class WindowReader:
    """Reads one window: what was read, what is missing, what to request next."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.done = False
        self.newest: datetime | None = None
        """The time of the newest record that was emitted."""
        self.complete_to = window.start
        """No record up to this time is missing, so the state may move here."""
        self._order = Order()
        self._continuation = Continuation(window)
        self._gap = self._overlap_expected = False
        self.pages = 0
        """The number of pages that were read."""
        self._pages_without_new = 0

    @property
    def request(self) -> Request:
        """The next page to request."""
        return self._continuation.request

    @property
    def by_key(self) -> bool:
        """False after Circle ignored `created_at_gt` or the order."""
        return self._continuation.by_key

    def take(self, page: Page) -> list[int]:
        """Returns the positions of the window's new records on `page`; decides what to request next."""
        self.pages += 1
        if self._continuation.refuses(page):
            return []
        records = [hash(bytes(row)) for row in page.rows]
        first: dict[int, int] = {}
        for i, record in enumerate(records):
            first.setdefault(record, i)
        new = [i for record, i in first.items() if self._continuation.is_new(record)]
        self._check_progress(new=bool(new), empty=not records)
        order, before, ascended = self._order, self._order.last, self._order.ascends
        self._look_for_gap(page, before)
        moments = [at for i in new if (at := page.created_at[i])]
        order.note(page, moments, self.window, linked=self.request.link is not None)
        if order.ascends is False and ascended is not False and self.request.is_continued:
            self._pages_without_new = -self.pages  # all records may be repeated
            self._continuation.start_over(replace(self.window, start=self.complete_to))
            return []
        mine = [i for i in new if (at := page.created_at[i]) is None or self.window.holds(at)]
        dated = [self.newest, *(page.created_at[i] for i in mine)]
        self.newest = max(filter(None, dated), default=None)
        if new:
            self._continuation.remember(
                page, records, order.last if order.ascends is not False else None
            )
        forward = order.last if order.ascends and order.last != before else None
        # Records later than the window end it only on a later page, in order, with new records.
        ordered = order.ascends is True and self.pages > 1 and not self._gap
        passed = ordered and bool(new) and order.beyond > 1
        self.done = passed or not self._continuation.go_on(page, self.window, forward)
        if self.done:
            self.complete_to = self.window.end
            self._continuation.forget()
        elif forward and before and not self._gap:
            self.complete_to = max(self.complete_to, before_second(before))
        return mine

    def cut(self, end: datetime) -> None:
        """Reads only up to `end`, if that is before the window's end."""
        if end < self.window.end:
            self.window = replace(self.window, end=max(end, self.window.start))
            self.done = self.window.end <= self.window.start

    def takes_over(self, window: Window) -> bool:
        """Merges the next `window` into this one, if the requested list reaches its end and no record of
        it was read yet. Returns whether it did."""
        if self.by_key or self.window.end != window.start or self._order.beyond:
            return False
        if self.request.window.end < window.end:
            return False
        self.window = replace(self.window, end=window.end)
        return True

    def pages_left(self) -> float:
        """Estimates how many pages are left, from the density of the last page. Returns 0 if the window
        must not be split."""
        if self.done or not self.by_key or self._read_to <= self.window.start:
            return 0
        if self.time_left < _SHORTEST:
            return 0
        return self.time_left / self._order.span if self._order.span else float("inf")

    @property
    def time_left(self) -> timedelta:
        """The unread part of the window; all of it unless records are in ascending order."""
        return self.window.end - self._read_to

    def split(self, parts: int) -> list[WindowReader]:
        """Splits the unread part into `parts` windows; keeps one, returns readers of the others."""
        longest = PAGES_PER_WINDOW * self._order.span or self.time_left
        left = replace(self.window, start=self._read_to)
        mine, *others = left.split(parts, longest)
        self.window = replace(self.window, end=mine.end)
        self._continuation.shorten(self.window)
        return [WindowReader(window) for window in others]

    @property
    def _read_to(self) -> datetime:
        """The time of the newest record if records are in ascending order, otherwise the start."""
        return (self._order.ascends and self._order.last) or self.window.start

    def _look_for_gap(self, page: Page, last: datetime | None) -> None:
        """Notes whether records may be missing between the last page and this one.

        A list requested by key starts with the last record read. If it does not, that record was deleted
        or the order changed, and the state must stay before this gap.
        """
        first = next((at for at in page.created_at if at), None)
        self._overlap_expected |= bool(self.request.key and not self.request.link)
        if first and self._overlap_expected:
            self._gap |= last is None or first > last
            self._overlap_expected = False

    def _check_progress(self, *, new: bool, empty: bool) -> None:
        self._pages_without_new = 0 if new else self._pages_without_new + 1
        if self._pages_without_new > (_MAX_EMPTY_PAGES if empty else _MAX_REPEATED_PAGES):
            raise system_error(
                f"Circle sent {self._pages_without_new} pages in a row with nothing new on them. "
                "The API misbehaves: please report it to Circle."
            )
