"""Reads the selected streams: a loop in the calling thread, and a thread for each page it requests."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from source_circle_events.http.page import Page
from source_circle_events.http.responses import RefusedTokenError
from source_circle_events.reading.stream_reader import StreamReader
from source_circle_events.reading.window_reader import WindowReader

Fetched = tuple[StreamReader, WindowReader, Page | Exception]

_PAGES_AHEAD = 10
"""Pages per worker that may be read before a state covers them; after a kill they are read again."""


@dataclass(frozen=True, slots=True)
class Step:
    """A page, a failure or the end of a stream. Write its records, then its state."""

    stream: StreamReader
    page: Page | None = None
    wanted: Sequence[int] = ()
    """The positions of the records on `page` to emit."""
    state_moved: bool = False
    """With this page, all records up to `stream.newest` are emitted: a STATE can be written."""
    ended: bool = False
    error: Exception | None = None
    """Why the stream failed; None if it did not."""


class Threads:
    """Fetches each page in a separate daemon thread, which does not keep the process running."""

    def __init__(self) -> None:
        self._finished: queue.SimpleQueue[Fetched] = queue.SimpleQueue()

    def start(self, stream: StreamReader, reader: WindowReader) -> None:
        """Starts to fetch the next page of `reader`."""
        threading.Thread(target=self._fetch, args=(stream, reader), daemon=True).start()

    def next(self) -> Fetched:
        """Waits for the next page or failure and returns it."""
        return self._finished.get()

    def _fetch(self, stream: StreamReader, reader: WindowReader) -> None:
        try:
            self._finished.put((stream, reader, stream.fetch(reader.request)))
        except Exception as error:  # noqa: BLE001  (the loop reports it)
            self._finished.put((stream, reader, error))


def read(streams: Sequence[StreamReader], workers: int, threads: Threads) -> Iterator[Step]:
    """Yields a step for each page, each failure and the end of each stream, in the order to write them.

    Write each step before you take the next one: at most `workers` pages are then in memory, requested
    or not written yet.
    """
    yield from (Step(stream, ended=True) for stream in streams if stream.done)
    running = [stream for stream in streams if not stream.done]
    pages = 0
    while running:
        for stream in sorted(running, key=lambda stream: len(stream.requested)):
            free = workers - pages
            ahead = _PAGES_AHEAD * workers - sum(other.pages_ahead for other in running)
            needed = sum(len(other.ready) for other in running if other is not stream)
            for reader in stream.start(free, free - needed, ahead):
                pages += 1
                threads.start(stream, reader)
        stream, reader, page = threads.next()
        if stream in running:
            try:
                if isinstance(page, Exception):
                    raise page  # noqa: TRY301
                wanted = stream.take(reader, page)
            except Exception as error:  # noqa: BLE001  (reported)
                # The other streams continue, unless the token is rejected: then all of them end.
                failed = [*running] if isinstance(error, RefusedTokenError) else [stream]
                running = [other for other in running if other not in failed]
                yield from (Step(one, ended=True, error=error) for one in failed)
            else:
                if stream.done:
                    running.remove(stream)
                yield Step(stream, page, wanted, stream.advance(), stream.done)
        pages -= 1
