"""The loop under a virtual clock: any latency, any reader, failures and kills at any event.

At every step: never more pages than workers, no state ahead of the rows that were written before it.
At the end: every row that existed throughout was written, once.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from source_circle_events.http.page import Page
from source_circle_events.reading.next_request import Request
from source_circle_events.reading.read_loop import Threads, read
from source_circle_events.reading.stream_reader import StreamReader
from source_circle_events.reading.window import Window
from source_circle_events.reading.window_reader import WindowReader
from unit_tests.simulation.service import EPOCH, LENGTH, Service

START = EPOCH - timedelta(days=3_000)
END = EPOCH + timedelta(seconds=LENGTH)
MAX_REQUESTS = 60_000


class Broken(AssertionError):  # noqa: N818  (it reads as a verdict)
    """A promise of the loop does not hold."""


@dataclass
class Stream:
    """One stream, over all runs until one reads it to its end."""

    name: str
    service: Service
    written: Counter[int] = field(default_factory=Counter)
    """In this run, by id."""
    before: set[int] = field(default_factory=set)
    """Ids that earlier runs wrote."""
    state: datetime = START
    ended: int = 0
    complete: int = 0
    """The rows before this one were written, or did not exist throughout."""

    def begin(self) -> StreamReader:
        self.before |= set(self.written)
        self.written, self.ended = Counter(), 0
        window = Window(self.state, END)
        return StreamReader(self.name, window, self.state, timedelta(0), self.service.answer)

    def move_state(self, state: datetime) -> None:
        rows = self.service.rows
        self.state = state
        while self.complete < len(rows) and self._is_written(self.complete):
            self.complete += 1
        if self.complete < len(rows) and rows[self.complete].shown <= state:
            raise Broken(f"a state is ahead of row {self.complete}")

    def _is_written(self, row: int) -> bool:
        return bool(self.written[row] or row in self.before or not self.service.rows[row].stayed)


@dataclass
class Simulation(Threads):
    """Takes the place of the threads, and of whoever writes the steps."""

    streams: list[Stream]
    workers: int
    rng: random.Random
    latency: Callable[[], float]
    writing: Callable[[], float]
    """Seconds that the reader takes for a page."""
    move: Callable[[Stream], None]
    """Changes the list of a stream; called between any two steps."""
    fails: float = 0.0
    """Chance of a request to fail for good."""
    kill_after: int | None = None
    """When everything stops: before step n for 2 n, between its records and its state for 2 n + 1."""

    def run(self) -> bool:
        """Runs all streams once; returns whether all came to their end."""
        self.clock, self.requests = 0.0, 0
        self.under_way: list[tuple[float, int, StreamReader, WindowReader, Request]] = []
        by_name = {stream.name: stream for stream in self.streams}
        readers = [stream.begin() for stream in self.streams]
        complete = True
        with closing(read(readers, self.workers, self)) as steps:  # type: ignore[type-var]
            for number, step in enumerate(steps):
                if self.kill_after == 2 * number:
                    return False
                stream = by_name[step.stream.name]
                if stream.ended:
                    raise Broken("a step after the end")
                if step.page:
                    self._check_bound(unwritten=1)
                    self.clock += self.writing() if step.wanted else 0.0
                    stream.written.update(int(step.page.ids[i]) for i in step.wanted)
                if self.kill_after == 2 * number + 1:
                    return False
                if step.state_moved:
                    stream.move_state(step.stream.newest)
                if step.ended:
                    stream.ended += 1
                    complete = complete and not step.error
                self._move()
        if not all(stream.ended for stream in self.streams):
            raise Broken("a stream has no end")
        return complete

    def start(self, stream: StreamReader, reader: WindowReader) -> None:
        self.requests += 1
        if self.requests > MAX_REQUESTS:
            raise Broken("it does not end")
        finished = self.clock + self.latency()
        item = (finished, self.requests, stream, reader, reader.request)
        heapq.heappush(self.under_way, item)
        self._check_bound(unwritten=0)

    def next(self) -> tuple[StreamReader, WindowReader, Page | Exception]:
        if not self.under_way:
            raise Broken("it waits for a page that was not requested")
        finished, _, stream, reader, request = heapq.heappop(self.under_way)
        self.clock = max(self.clock, finished)
        self._move()
        if self.rng.random() < self.fails:
            return stream, reader, OSError("failed")
        return stream, reader, stream.fetch(request)

    def _check_bound(self, unwritten: int) -> None:
        if len(self.under_way) + unwritten > self.workers:
            raise Broken(f"{len(self.under_way) + unwritten} pages with {self.workers} workers")

    def _move(self) -> None:
        self.move(self.rng.choice(self.streams))


def check_end(streams: list[Stream], *, once: bool = True) -> None:
    """All that existed throughout was written; with `once`, nothing twice in the last run."""
    for stream in streams:
        have = stream.before | set(stream.written)
        expected = {row.id for row in stream.service.rows if row.stayed and row.shown <= END}
        if lost := expected - have:
            raise Broken(
                f"{stream.name}: {len(lost)} of {len(expected)} rows lost: {sorted(lost)[:5]}"
            )
        if once and (twice := [i for i, count in stream.written.items() if count > 1]):
            raise Broken(f"{stream.name}: {len(twice)} rows twice: {twice[:5]}")
