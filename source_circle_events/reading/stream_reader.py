"""Reads one stream in windows: chooses the next ones, splits them and moves the state forward.

Before the first page, nothing is known about how many records there are at which time: a community can
have a single page, and an import can create millions of records in an hour. So the first request covers
the whole time range, and the unread part is split among free workers later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from source_circle_events.http.page import Page
from source_circle_events.reading.next_request import Request
from source_circle_events.reading.window import Window
from source_circle_events.reading.window_reader import PAGES_PER_WINDOW, WindowReader


class StreamReader:
    """The windows of one stream in one sync, and its state: the time up to which all were read."""

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
        """Returns the windows to request a page of now: up to `free`, the earliest first.

        `spare`: workers that no other stream needs; for them, a window may be split. `ahead`: how many
        more pages may be read before a state covers them. Each window leaves some of them to each one
        before it, which may turn out to be long. The first never waits: its pages move the state.
        """
        ready = self.ready
        if ready and len(self.requested) + spare > 1:
            self._split(ready, spare - len(ready))
        unread = [reader for reader in self.windows if not reader.done]
        allowed = unread[: max(2 * ahead // PAGES_PER_WINDOW, 1)]
        started = [reader for reader in allowed if reader not in self.requested][:free]
        self.requested += started
        return started

    def _split(self, ready: list[WindowReader], idle: int) -> None:
        """Splits one window of `ready`: the earliest that is too long, otherwise the longest.

        The longest is split for `idle` workers only. One that is too long is always split: otherwise one
        worker would read a busy day alone, while the others read far ahead of the state. First in two,
        because it may be a busy minute; then the rest in eight, if its first page is as dense.
        """
        long = max(ready, key=lambda reader: min(reader.pages_left(), 2 * PAGES_PER_WINDOW))
        pages = long.pages_left()
        for_idle = int(min(idle + 1, pages / 2.5))  # 2 costs requests, 3 is slower (measured)
        for_length = int(min(8 if long.pages == 1 else 2, pages / PAGES_PER_WINDOW))
        if (parts := max(for_idle, for_length)) > 1:
            place = self.windows.index(long) + 1
            self.windows[place:place] = long.split(parts, rising=for_idle > for_length)

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
        """Moves `newest` to the latest time up to which all was read; returns whether it moved."""
        before = self.newest
        while self.windows and self.windows[0].done:
            self.newest = max(self.newest, self.windows.pop(0).order.last or self.newest)
        if self.windows and self.windows[0].complete_to > self.windows[0].window.start:
            self.newest = max(self.newest, self.windows[0].complete_to)
        return self.newest > before
