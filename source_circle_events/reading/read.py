"""Reads the selected streams: one loop on the calling thread, other threads only fetch one page each."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.http.responses import RefusedTokenError
from source_circle_events.reading.next_request import Request
from source_circle_events.reading.stream_reader import StreamReader
from source_circle_events.reading.window_reader import WindowReader

_PAGES_AHEAD = 9
"""For each worker, of all streams together: a sync that is killed reads them again."""


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


class Threads:
    """Fetches each page in its own thread. They are daemons, so that none keeps the process."""

    def __init__(self) -> None:
        self._finished: queue.SimpleQueue[tuple[StreamReader, WindowReader, Page | Exception]]
        self._finished = queue.SimpleQueue()

    def start(self, stream: StreamReader, reader: WindowReader) -> None:
        """Begins to fetch the next page of `reader`."""

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
        """Waits for the next finished page."""
        return self._finished.get()


def read(streams: Sequence[StreamReader], workers: int, threads: Threads) -> Iterator[Event]:
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
                # The other streams go on, unless the token is refused: then none waits for its requests.
                ended = [*running] if isinstance(error, RefusedTokenError) else [stream]
                running = [other for other in running if other not in ended]
                yield from (StreamEnded(failed, error) for failed in ended)
            else:
                yield PageTaken(stream, page, wanted, reader.done)
                if stream.advance():
                    yield StateMoved(stream)
                if stream.done:
                    running.remove(stream)
                    yield StreamEnded(stream)
        pages -= 1
