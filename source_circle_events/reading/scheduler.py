"""Decides what a stream asks next, and what may be checkpointed: the reading core, without threads.

Events go in (a page came), requests and checkpoints come out; threads, sockets and the CDK are a shell
around it (`workers`, `retriever`). What has no threads can be simulated: `unit_tests/simulation` runs
it through thousands of schedules.

How rows lie in a stream's history is unknown until a page was seen: a young community has one page in
sixteen years, a backfill millions in an hour. So the first page is asked of the whole window, and
whenever permits are free what is left is split among them; nothing is planned ahead.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from source_circle_events.http.page import Page
from source_circle_events.reading.permits import Permits
from source_circle_events.reading.window import Window
from source_circle_events.reading.window_reader import WindowReader

_PAGES_PER_CHECKPOINT = 10


class Scheduler:
    """Of one stream in one sync."""

    def __init__(self, stream: str, window: Window, permits: Permits, settling: timedelta) -> None:
        self._stream, self._permits, self._settling = stream, permits, settling
        self._ready = [WindowReader(window)]
        self._asked: list[WindowReader] = []
        self._by_key = True
        self._has_a_page = False

    @property
    def open(self) -> list[WindowReader]:
        """The windows that are not read to their end; all is read if there are none."""
        return [*self._asked, *self._ready]

    def start(self) -> list[WindowReader]:
        """The readers whose next page is to be asked for now; each has a permit."""
        if not self._ready:
            return []
        self._ready.sort(key=lambda reader: reader.window.start)
        count = self._permits.take(self._stream, len(self._ready))
        started, self._ready = self._ready[:count], self._ready[count:]
        if not self._ready and started and self._by_key:
            longest = max(started, key=WindowReader.pages_left)
            parts = int(min(longest.pages_left(), 1_000)) - 1
            if spare := self._permits.take_spare(self._stream, parts):
                others = longest.split(spare + 1)
                started += others
                self._permits.give_back(self._stream, spare - len(others))
        self._asked += started
        return started

    def page_came(self, reader: WindowReader, page: Page) -> list[int]:
        """Which rows of `page` are to leave; the page's permit is due once they are written."""
        self._asked.remove(reader)
        if not self._has_a_page and page.server_time:
            # Never beyond the service's own now, however wrong the clock of this machine is. Before
            # anything is split: cut later, by an answer whose clock is behind the others', a window
            # would leave a gap before the next one, and the state pass over it.
            reader.cut(page.server_time - self._settling)
        self._has_a_page = True
        mine = reader.take(page) if not reader.done else []
        if not reader.by_key:
            self._by_key = False
            if not reader.done and self._join(reader):
                return []
        if not reader.done:
            self._ready.append(reader)
        return mine

    def checkpoint(self, reader: WindowReader) -> tuple[Window, datetime | None] | None:
        """What became complete with the page that `reader` took last, once its rows are handed on."""
        if reader.done or reader.pages % _PAGES_PER_CHECKPOINT == 0:
            return reader.checkpoint()
        return None

    def _join(self, reader: WindowReader) -> bool:
        """Give the window back to the reader it was split from, whose list has it too: where the lower
        bound is ignored, each part would read the whole list."""
        window = reader.window
        return reader.newest is None and any(before.takes_over(window) for before in self.open)
