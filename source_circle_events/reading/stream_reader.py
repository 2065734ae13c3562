"""Reads one stream in windows: chooses the next ones, splits them and moves the state forward.

How records are spread over time is unknown before the first page: a new community has one page in
sixteen years, an import can create millions of records in an hour. So the first request covers the whole
time range, and the unread part is split among free workers later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from source_circle_events.http.page import Page
from source_circle_events.reading.next_request import Request
from source_circle_events.reading.window import Window
from source_circle_events.reading.window_reader import PAGES_PER_WINDOW, WindowReader

_PARTS = 3
"""A window that is too long is split into at least this many, so that free workers find one."""


class StreamReader:
    """The windows of one stream in one sync, and the state that they allow."""

    def __init__(
        self,
        name: str,
        window: Window | None,
        newest: datetime,
        settling: timedelta,
        fetch: Callable[[Request], Page],
    ) -> None:
        """`window`: None if there is nothing to read. `newest`: the cursor value in the state."""
        self.name, self.newest, self.fetch = name, newest, fetch
        self._settling = settling
        self.windows = [WindowReader(window)] if window else []
        """Ordered by time, from the first window that is not complete."""
        self.requested: list[WindowReader] = []
        self._first_page = True

    @property
    def done(self) -> bool:
        return all(reader.done for reader in self.windows)

    @property
    def ready(self) -> list[WindowReader]:
        """The windows that wait for a worker, the earliest first."""
        return [one for one in self.windows if not one.done and one not in self.requested]

    @property
    def pages_ahead(self) -> int:
        """The number of pages, read or requested, that the state does not cover yet."""
        return len(self.requested) + sum(reader.pages for reader in self.windows[1:])

    def start(self, free: int, spare: int, ahead: int) -> list[WindowReader]:
        """Returns up to `free` windows, the earliest first, to request a page of each now.

        `spare`: workers that no other stream needs; a window is split for them. `ahead`: how many more
        pages the state may leave uncovered. The first window always continues, because it moves the
        state.
        """
        ready = self.ready
        free = min(free, max(ahead, int(ready[:1] == self.windows[:1])))
        spare = min(spare, free)
        if ready and len(self.requested) + spare > 1:
            self._split(ready, spare - len(ready))
        started = self.ready[:free]
        self.requested += started
        return started

    def _split(self, ready: list[WindowReader], idle: int) -> None:
        """Splits the earliest of `ready` that is too long, or the longest for `idle` workers.

        A window that is too long is split even if no worker is idle. Otherwise one worker would read a
        busy day alone, while the others read far ahead of the state.
        """
        long = max(ready, key=lambda reader: min(reader.pages_left(), 2 * PAGES_PER_WINDOW))
        pages = long.pages_left()
        parts = max(idle + 1, _PARTS if 2 * PAGES_PER_WINDOW < pages < float("inf") else 1)
        parts = int(min(parts, pages / (PAGES_PER_WINDOW / 2)))
        if parts > 1:
            place = self.windows.index(long) + 1
            self.windows[place:place] = long.split(parts)

    def take(self, reader: WindowReader, page: Page) -> list[int]:
        """Processes a page of `reader`; returns the positions of the records on it to emit."""
        self.requested.remove(reader)
        if self._first_page and page.server_time:
            # Nothing after Circle's own time is read. Only before the first split: cut later, a window
            # would leave a gap before the next one, and the state would skip it.
            reader.cut(page.server_time - self._settling)
        self._first_page = False
        return [] if reader.done else reader.take(page)

    def advance(self) -> bool:
        """Moves `newest` forward as far as no record is missing; returns whether it moved."""
        before = self.newest
        while self.windows and self.windows[0].done:
            self.newest = max(self.newest, self.windows.pop(0).newest or self.newest)
        if self.windows and self.windows[0].complete_to > self.windows[0].window.start:
            self.newest = max(self.newest, self.windows[0].complete_to)
        return self.newest > before
