"""Reads the selected streams: a loop in the calling thread, and a thread for each page it requests."""

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
"""Pages for each worker that may be read ahead of the states; a killed sync reads them again."""


@dataclass(frozen=True, slots=True)
class PageTaken:
    """A page was read. Emit its records at the positions `wanted` before you take the next event."""

    stream: StreamReader
    page: Page
    wanted: Sequence[int]
    window_done: bool


@dataclass(frozen=True, slots=True)
class StateMoved:
    """All records up to `stream.newest` were emitted: a STATE can be written."""

    stream: StreamReader


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The stream is complete, or failed with `error`."""

    stream: StreamReader
    error: Exception | None = None


Event = PageTaken | StateMoved | StreamEnded


class Threads:
    """Fetches each page in a separate daemon thread, which does not keep the process running."""

    def __init__(self) -> None:
        self._finished: queue.SimpleQueue[tuple[StreamReader, WindowReader, Page | Exception]]
        self._finished = queue.SimpleQueue()

    def start(self, stream: StreamReader, reader: WindowReader) -> None:
        """Starts to fetch the next page of `reader`."""

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
        """Waits for the next page or failure and returns it."""
        return self._finished.get()


def read(streams: Sequence[StreamReader], workers: int, threads: Threads) -> Iterator[Event]:
    """Reads `streams` and yields the events, in the order in which to write them.

    Write each event before you take the next one: then at most `workers` pages are in memory, either
    requested or not yet written.
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
                # The other streams continue, unless the token is rejected: then all of them end.
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
