"""The threads that ask for one stream's pages: the shell around the scheduler.

They are daemons, and never wait for each other: a request that hangs must not keep a process that has
said why it ends. There are never more than permits, since each has one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from source_circle_events.errors import system_error
from source_circle_events.http.rate_limit import ClientClosedError
from source_circle_events.reading.permits import Permits

Key = TypeVar("Key")
Result = TypeVar("Result")


class Workers(Generic[Key, Result]):
    """Of one stream; all but the tasks is called by one thread."""

    def __init__(self, stream: str, permits: Permits) -> None:
        self._stream, self._permits = stream, permits
        self._came: deque[tuple[Key, Result | Exception]] = deque()
        """What tasks came to and is not handled yet, in the order in which they ended."""
        self._version = -1
        self._closed = False

    def start(self, key: Key, task: Callable[[], Result]) -> None:
        """Have `task` run, which has a permit; its result is received with `key`."""

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

        try:
            threading.Thread(target=run, name=f"circle-{self._stream}", daemon=True).start()
        except RuntimeError:  # received like a task's own error, so that its permit is given back
            error = system_error(
                "This machine lets the connector start no more threads. Raise its limit (ulimit -u, or "
                'the container\'s pids limit), or set "num_workers" lower.'
            )
            self._came.append((key, error))

    def receive(self) -> tuple[Key, Result] | None:
        """Wait for a result, and raise what its task raised; None if a permit may be had instead.

        ClientClosedError if all is over meanwhile.
        """
        permits = self._permits
        with permits.changed:
            while not (self._came or permits.closed or permits.version != self._version):
                permits.changed.wait()
            if permits.closed:
                raise ClientClosedError
            self._version = permits.version
            if not self._came:
                return None
            key, outcome = self._came[0]
        if isinstance(outcome, Exception):
            raise outcome
        return key, outcome

    def handled(self, *, hand_on: bool) -> None:
        """The result that was received is on its way to who writes it and then gives its permit back,
        or had nothing to write."""
        self._came.popleft()
        if not hand_on:
            self._permits.give_back(self._stream)

    def close(self) -> None:
        """The stream is read, or failed: what is still under way is not received by anyone."""
        with self._permits.changed:
            self._closed = True
            self._permits.give_back(self._stream, len(self._came))
            self._permits.leave(self._stream)
            self._came.clear()
