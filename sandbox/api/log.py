"""What was asked of the sandbox: the truth a test compares a connector's own account with."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import asdict, dataclass

_KEPT = 200_000
"""Requests remembered; 600 a minute for five hours."""


@dataclass
class Entry:
    """One request. `status` stays 0 while it is not answered, and if it never is."""

    number: int
    time: float
    method: str
    path: str
    query: str
    authorization: bool
    """Whether there was such a header; never what it said."""
    status: int = 0
    records: int = 0


class Log:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._count = 0

    def note(self, method: str, path: str, query: str, authorization: bool) -> Entry:
        self._count += 1
        entry = Entry(self._count, time.time(), method, path, query, authorization)
        self._entries.append(entry)
        return entry

    def since(self, number: int) -> list[dict[str, object]]:
        """The requests after the `number`-th, as far as they are remembered."""
        return [asdict(entry) for entry in self._entries if entry.number > number]

    def stats(self) -> dict[str, object]:
        """Counts by clock minute (epoch seconds of its start), status and path."""
        minutes, refused = Counter[int](), Counter[int]()
        statuses, paths, records = Counter[int](), Counter[str](), Counter[str]()
        for entry in self._entries:
            minute = int(entry.time // 60 * 60)
            minutes[minute] += 1
            refused[minute] += entry.status == 429
            statuses[entry.status] += 1
            paths[entry.path] += 1
            records[entry.path] += entry.records
        return {
            "requests": self._count,
            "minutes": minutes,
            "refused": +refused,
            "statuses": statuses,
            "paths": paths,
            "records": records,
        }
