"""Reads the selected streams: one loop on the calling thread, other threads only fetch one page each.

How records lie in a stream's history is unknown until a page was seen: a young community has one page
in sixteen years, a backfill has millions of records in an hour. So the first page is requested from the
whole window, and while workers are free, the part that is not read is split among them.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.http.responses import RefusedTokenError
from source_circle_events.reading.continuation import Request
from source_circle_events.reading.window import Window
from source_circle_events.reading.window_reader import PAGES_PER_WINDOW, WindowReader


class StreamReader:
    """The windows of one stream in one sync, and how far its state may go."""

    def __init__(
        self,
        name: str,
        window: Window | None,
        newest: datetime,
        settling: timedelta,
        fetch: Callable[[Request], Page],
    ) -> None:
        """`window`: None if there is nothing to read. `newest`: the incoming state."""
        self.name, self.newest, self.fetch = name, newest, fetch
        self._settling = settling
        self.windows = [WindowReader(window)] if window else []
        """In the order of time, from the first one that is not complete."""
        self.ready = [*self.windows]
        self.requested: list[WindowReader] = []
        self._by_key = True
        self._first_page = True

    @property
    def done(self) -> bool:
        return not (self.ready or self.requested)

    def start(self, free: int, spare: int) -> list[WindowReader]:
        """Returns up to `free` windows, the earliest first, of which a page is to be requested now.

        If `spare` requests are left that no stream needs, a long window is split for them: the
        earliest one that is too long, or the longest.
        """
        self.ready.sort(key=lambda reader: reader.window.start)
        started, self.ready = self.ready[:free], self.ready[free:]
        if started and not self.ready and self._by_key:
            long = max(started, key=lambda reader: min(reader.pages_left(), 2 * PAGES_PER_WINDOW))
            parts = int(min(long.pages_left(), spare - len(started) + 1))
            if parts > 1:
                others = long.split(parts)
                place = self.windows.index(long) + 1
                self.windows[place:place] = others
                started += others
        self.requested += started
        return started

    def take(self, reader: WindowReader, page: Page | Exception) -> PageTaken:
        """Finds the records on `page` that are to be emitted; raises what was received in its place."""
        if isinstance(page, Exception):
            raise page
        self.requested.remove(reader)
        if self._first_page and page.server_time:
            # Never beyond the service's own time. Only before anything is split: a window that is cut
            # later would leave a gap before the next one, and the state would pass over it.
            reader.cut(page.server_time - self._settling)
        self._first_page = False
        wanted = [] if reader.done else reader.take(page)
        if not reader.by_key:
            self._by_key = False
            # Where the lower bound is ignored, each window would read the whole list: give this one
            # back to the window that it was split from.
            if not (reader.done or reader.newest) and any(
                other.takes_over(reader.window) for other in [*self.requested, *self.ready]
            ):
                self.windows.remove(reader)
        if not reader.done and reader in self.windows:
            self.ready.append(reader)
        return PageTaken(self, page, wanted, reader.done)

    def advance(self) -> bool:
        """Moves `newest` forward to the last record with no gap before it. Returns whether it moved."""
        before = self.newest
        while self.windows and self.windows[0].done:
            self.newest = max(self.newest, self.windows.pop(0).newest or self.newest)
        if self.windows and self.windows[0].complete_to > self.windows[0].window.start:
            self.newest = max(self.newest, self.windows[0].complete_to)
        return self.newest > before


@dataclass(frozen=True, slots=True)
class PageTaken:
    """A page came. Its records at the positions `wanted` are to be emitted before the next event."""

    stream: StreamReader
    page: Page
    wanted: Sequence[int]
    window_done: bool


@dataclass(frozen=True, slots=True)
class StateMoved:
    """All records up to `stream.newest` were emitted."""

    stream: StreamReader


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The stream is read to its end, or failed with `error`."""

    stream: StreamReader
    error: Exception | None = None


Event = PageTaken | StateMoved | StreamEnded


class Fetcher(Protocol):
    """Fetches pages at the same time."""

    def start(self, stream: StreamReader, reader: WindowReader) -> None:
        """Begins to fetch the next page of `reader`."""

    def next(self) -> tuple[StreamReader, WindowReader, Page | Exception]:
        """Waits for the next finished page."""


class Threads:
    """A `Fetcher` with one thread for each page. They are daemons, so that none keeps the process."""

    def __init__(self) -> None:
        self._finished: queue.SimpleQueue[tuple[StreamReader, WindowReader, Page | Exception]]
        self._finished = queue.SimpleQueue()

    def start(self, stream: StreamReader, reader: WindowReader) -> None:
        def fetch(request: Request = reader.request) -> None:
            try:
                self._finished.put((stream, reader, stream.fetch(request)))
            except Exception as error:  # noqa: BLE001  (the loop reports it)
                self._finished.put((stream, reader, error))

        try:
            threading.Thread(target=fetch, name=f"circle-{stream.name}", daemon=True).start()
        except RuntimeError:
            error = system_error(
                "This machine lets the connector start no more threads. Raise its limit (ulimit -u, or "
                'the container\'s pids limit), or set "num_workers" lower.'
            )
            self._finished.put((stream, reader, error))

    def next(self) -> tuple[StreamReader, WindowReader, Page | Exception]:
        return self._finished.get()


def read(streams: Sequence[StreamReader], workers: int, fetcher: Fetcher) -> Iterator[Event]:
    """Yields what happens, in the order in which it is to be written.

    Whoever takes the next event has written the one before, so that never more than `workers` pages
    are requested or unwritten.
    """
    yield from (StreamEnded(stream) for stream in streams if stream.done)
    running = [stream for stream in streams if not stream.done]
    pages = 0
    while running:
        for stream in sorted(running, key=lambda stream: len(stream.requested)):
            free = workers - pages
            needed = sum(len(other.ready) for other in running if other is not stream)
            for reader in stream.start(free, free - needed):
                pages += 1
                fetcher.start(stream, reader)
        stream, reader, page = fetcher.next()
        if stream in running:
            try:
                taken = stream.take(reader, page)
            except Exception as error:  # noqa: BLE001  (reported)
                # The other streams go on, unless the token is refused: then none waits for its requests.
                ended = [*running] if isinstance(error, RefusedTokenError) else [stream]
                running = [other for other in running if other not in ended]
                yield from (StreamEnded(failed, error) for failed in ended)
            else:
                yield taken
                if stream.advance():
                    yield StateMoved(stream)
                if stream.done:
                    running.remove(stream)
                    yield StreamEnded(stream)
        pages -= 1
