"""The threads that ask, shared by all streams of a sync: the shell around the scheduler.

They are daemons, and never wait for each other: a request that hangs must not keep a process that has
said why it ends.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from source_circle_events.http.rate_limit import Closed
from source_circle_events.reading.permits import Permits

Key = TypeVar("Key")
Result = TypeVar("Result")


class SharedWorkers:
    def __init__(self, count: int) -> None:
        self.permits = Permits(count)
        self.closed = False
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = 0

    def submit(self, task: Callable[[], None]) -> None:
        """Run `task`, which raises nothing, in one of as many threads as there are permits."""
        with self.permits.changed:
            self._tasks.put(task)
            if self._threads < self.permits.count:
                self._threads += 1
                name = f"circle-{self._threads}"
                threading.Thread(target=self._work, name=name, daemon=True).start()

    def close(self) -> None:
        """Nobody waits for anything any more; `Mailbox.receive` raises Closed."""
        with self.permits.changed:
            self.closed = True
            for _ in range(self._threads):
                self._tasks.put(None)
            self.permits.changed.notify_all()

    def _work(self) -> None:
        while task := self._tasks.get():
            if not self.closed:
                task()


class Mailbox(Generic[Key, Result]):
    """What one stream's tasks came to, in the order in which they ended; each holds a permit."""

    def __init__(self, stream: str, workers: SharedWorkers) -> None:
        self._stream, self._workers, self._permits = stream, workers, workers.permits
        self._came: deque[tuple[Key, Result | Exception]] = deque()
        self._in_hand = 0
        """Received, and neither handed on nor done with."""
        self._version = -1
        self._closed = False

    def send(self, key: Key, task: Callable[[], Result]) -> None:
        """Have `task` run; its result is received with `key`."""

        def run() -> None:
            outcome: Result | Exception
            try:
                outcome = task()
            except Exception as error:  # noqa: BLE001  (raised again by the one who receives it)
                outcome = error
            with self._permits.changed:
                if self._closed:
                    self._permits.give_back(self._stream)
                else:
                    self._came.append((key, outcome))
                    self._permits.changed.notify_all()

        self._workers.submit(run)

    def receive(self) -> tuple[Key, Result] | None:
        """Wait for a result, and raise what its task raised; None if a permit may be had instead.

        Closed, if all is over meanwhile.
        """
        permits = self._permits
        with permits.changed:
            while not (self._came or self._workers.closed or permits.version != self._version):
                permits.changed.wait()
            if self._workers.closed:
                raise Closed
            self._version = permits.version
            if not self._came:
                return None
            key, outcome = self._came.popleft()
            self._in_hand += 1
        if isinstance(outcome, Exception):
            raise outcome
        return key, outcome

    def handled(self, *, hand_on: bool) -> None:
        """The result that was received is on its way to who writes it, or had nothing to write."""
        self._in_hand -= 1
        if hand_on:
            self._permits.hand_on(self._stream)
        else:
            self._permits.give_back(self._stream)

    def close(self) -> None:
        """The stream is read, or failed: what is still under way is not received by anyone."""
        with self._permits.changed:
            self._closed = True
            self._permits.give_back(self._stream, self._in_hand + len(self._came))
            self._permits.leave(self._stream)
            self._came.clear()
