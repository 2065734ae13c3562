"""Bounds the pages of a sync: one permit for each, from before it is asked for until it is written.

Without it, a service faster than its reader would fill the memory. Who writes a page gives its permit
back, by a call: no garbage collector, no count of idle threads, no speed of a reader is part of it
(a first design, bound to those, hung in all of them). All streams of a sync share the permits: the one
that holds fewest goes first, and what nobody waits for is spare.
"""

from __future__ import annotations

import threading
from collections import Counter


class Permits:
    """Thread-safe. Streams are told apart by name."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.changed = threading.Condition()
        """Notified when a permit was given or given back, when a page came and when all is over."""
        self.version = 0
        """Counts the first two, so that none is missed by who was busy."""
        self.closed = False
        self._held: Counter[str] = Counter()
        self._waiting: set[str] = set()

    def take(self, stream: str, wanted: int) -> int:
        """As many as can be had of `wanted`; with fewer, the stream waits for a change."""
        with self.changed:
            others = self._waiting - {stream}
            least = min((self._held[other] for other in others), default=self.count)
            taken = max(0, min(wanted, self._free, least + 1 - self._held[stream]))
            if taken < wanted:
                self._waiting.add(stream)
            else:
                self._waiting.discard(stream)
            return self._taken(stream, taken)

    def take_spare(self, stream: str, most: int) -> int:
        """Up to `most`, of those that no stream waits for."""
        with self.changed:
            return self._taken(stream, 0 if self._waiting else max(0, min(most, self._free)))

    def give_back(self, stream: str, count: int = 1) -> None:
        """Pages are written, turned out to have nothing to write, or were not asked for."""
        with self.changed:
            self._held[stream] -= count
            self._tell()

    def leave(self, stream: str) -> None:
        """The stream asks no more, also because it failed."""
        with self.changed:
            self._waiting.discard(stream)
            self._tell()

    def close(self) -> None:
        """The sync is over: nobody waits for a permit or a page any more."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    @property
    def in_use(self) -> int:
        """Pages that are asked for or not yet written."""
        return self._held.total()

    @property
    def _free(self) -> int:
        return self.count - self.in_use

    def _taken(self, stream: str, count: int) -> int:
        self._held[stream] += count
        if count:
            self._tell()
        return count

    def _tell(self) -> None:
        self.version += 1
        self.changed.notify_all()
