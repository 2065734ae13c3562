"""The reading core under a virtual clock: any latency, any reader, kills and faults at any event.

What it holds, at every step: never more pages than permits, no state ahead of the rows written before
it; at the end: it ended, and every row that existed throughout was written once.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from source_circle_events.reading.permits import Permits
from source_circle_events.reading.scheduler import Scheduler
from source_circle_events.reading.window import Window
from source_circle_events.reading.window_reader import WindowReader
from unit_tests.simulation.service import EPOCH, LENGTH, Row, Service

START = EPOCH - timedelta(days=3_000)
END = EPOCH + timedelta(seconds=LENGTH)
MOST_STEPS = 60_000


class Broken(AssertionError):  # noqa: N818  (it reads as a verdict)
    """A promise of the reading core does not hold."""


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
    complete: list[tuple[datetime, datetime]] = field(default_factory=list)
    scheduler: Scheduler = field(init=False)
    failed: bool = False

    def claims(self, window: Window) -> datetime:
        """The state once `window` is complete too: the end of what is complete without a gap."""
        self.complete.append((window.start, window.end))
        reached = self.start
        for start, end in sorted(self.complete):
            if start <= reached:
                reached = max(reached, end)
        return reached

    def begin(self, permits: Permits) -> None:
        self.start = self.state
        self.before |= set(self.written)
        self.written, self.complete, self.failed = Counter(), [], False
        self.scheduler = Scheduler(self.name, Window(self.state, END), permits, timedelta(0))


@dataclass
class Simulation:
    streams: list[Stream]
    workers: int
    rng: random.Random
    latency: Callable[[], float]
    writing: Callable[[], float]
    """Seconds the reader takes for a page."""
    move: Callable[[Stream], None]
    """Changes the list of a stream; called between any two events."""
    fails: float = 0.0
    """Chance of a request to fail for good."""
    kill_after: int | None = None
    """Events after which everything stops."""

    def run(self) -> bool:
        """One run of all streams; whether it came to its end."""
        self.permits = Permits(self.workers)
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.clock, self.number = 0.0, 0
        self.asked = 0
        self.pipe: deque[tuple[Stream, list[Row] | datetime]] = deque()
        """On the way to the writer: rows of a page, or a state."""
        self.writer_busy = False
        for stream in self.streams:
            stream.begin(self.permits)
        steps = 0
        while True:
            self._start_all()
            if not self.events:
                break
            steps += 1
            if steps > MOST_STEPS:
                raise Broken("it does not end")
            if self.kill_after is not None and steps > self.kill_after:
                return False
            self.clock, _, happen = heapq.heappop(self.events)
            happen()
            self.move(self.rng.choice(self.streams))
        waiting = [s.name for s in self.streams if not s.failed and s.scheduler.open]
        if waiting or self.pipe:
            raise Broken(f"it hangs: {waiting} wait, {self.permits.in_use} permits in use")
        if self.permits.in_use:
            raise Broken("a permit was never given back")
        return not any(stream.failed for stream in self.streams)

    def _at(self, delay: float, happen: Callable[[], None]) -> None:
        self.number += 1
        heapq.heappush(self.events, (self.clock + delay, self.number, happen))

    def _start_all(self) -> None:
        """Until nobody can start any more, in any order."""
        version = -1
        while version != self.permits.version:
            version = self.permits.version
            for stream in self.rng.sample(self.streams, len(self.streams)):
                if stream.failed:
                    continue
                for reader in stream.scheduler.start():
                    self.asked += 1
                    self._at(self.latency(), partial(self._came, stream, reader))
        piped = sum(isinstance(rows, list) for _, rows in self.pipe)
        pages = self.asked + piped + self.writer_busy
        if pages > self.workers:
            raise Broken(f"{pages} pages with {self.workers} permits")

    def _came(self, stream: Stream, reader: WindowReader) -> None:
        self.asked -= 1
        if stream.failed:
            self.permits.give_back(stream.name)
            return
        if self.rng.random() < self.fails:
            stream.failed = True
            self.permits.give_back(stream.name)
            self.permits.leave(stream.name)
            return
        page = stream.service.answer(reader.request)
        if wanted := stream.scheduler.page_came(reader, page):
            self.pipe.append((stream, [stream.service.rows[page.ids[i]] for i in wanted]))
        else:
            self.permits.give_back(stream.name)
        if complete := stream.scheduler.checkpoint(reader):
            self.pipe.append((stream, stream.claims(complete[0])))
        self._write()

    def _write(self) -> None:
        while self.pipe and not self.writer_busy:
            stream, what = self.pipe.popleft()
            if isinstance(what, datetime):
                self._check_state(stream, what)
            else:
                self.writer_busy = True
                self._at(self.writing(), partial(self._wrote, stream, what))

    def _wrote(self, stream: Stream, rows: list[Row]) -> None:
        self.writer_busy = False
        stream.written.update(row.id for row in rows)
        self.permits.give_back(stream.name)
        self._write()

    def _check_state(self, stream: Stream, state: datetime) -> None:
        stream.state = max(stream.state, state)
        for row in stream.service.rows:
            written = stream.written[row.id] or row.id in stream.before
            if row.stayed and row.shown <= state and not written:
                raise Broken(f"a state is ahead of row {row.id}")


def check_end(streams: list[Stream], *, once: bool = True) -> None:
    """All that existed throughout was written; with `once`, nothing twice in the last run."""
    for stream in streams:
        have = stream.before | set(stream.written)
        due = {row.id for row in stream.service.rows if row.stayed and row.shown <= END}
        if lost := due - have:
            raise Broken(f"{stream.name}: {len(lost)} of {len(due)} rows lost: {sorted(lost)[:5]}")
        if once and (twice := [i for i, count in stream.written.items() if count > 1]):
            raise Broken(f"{stream.name}: {len(twice)} rows twice: {twice[:5]}")
