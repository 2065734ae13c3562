"""The state of the service: its options, the data made from them, and the requests received."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from sandbox.api.paging import spans
from sandbox.api.query import BadParameterError, Query, listed, page_of, select
from sandbox.data.random_and_time import SECOND
from sandbox.data.render import Renderer
from sandbox.data.world import STREAMS, World
from sandbox.faults.records import Malformed, Visibility
from sandbox.faults.responses import Fault
from sandbox.options import Options

_MINUTE = 60.0
_LISTED = {
    *("events", "visits", "tracker", "days", "until", "growth", "hot_hour", "instant"),
    *("resolution", "lag", "delete", "surface"),
}
"""Options whose change makes a new history, in which nothing was read yet."""


@dataclass
class Entry:
    """One request to the API."""

    number: int
    path: str
    query: str


class Limiter:
    """The limit of requests a minute. Refused requests do not count."""

    def __init__(self) -> None:
        self._let_in: deque[float] = deque()

    def wait(self, limit: int) -> float:
        """0 if the request may pass, else the seconds until one may."""
        if limit <= 0:
            return 0
        now = time.time()
        while self._let_in and self._let_in[0] < now - _MINUTE:
            self._let_in.popleft()
        if len(self._let_in) < limit:
            self._let_in.append(now)
            return 0
        # A limit lowered at run time leaves more requests in the minute than it allows.
        return self._let_in[-limit] + _MINUTE - now


class ServiceState:
    """Used by the server's thread only, so that it needs no locks."""

    def __init__(self, options: Options) -> None:
        self.requests: deque[Entry] = deque(maxlen=200_000)
        """600 a minute for five hours."""
        self.limiter = Limiter()
        self.options = options
        self._started = self.now // SECOND * SECOND
        self._listed: object = None
        self.change(options)

    @property
    def now(self) -> int:
        """The service's clock, in microseconds."""
        return int((time.time() + self.options.clock_offset) * SECOND)

    @property
    def asked(self) -> int:
        """Requests to the API itself so far."""
        return self.requests[-1].number if self.requests else 0

    def change(self, options: Options) -> None:
        """Use other options. If one is invalid, raise ValueError and keep the current ones."""
        faults = [Fault.parse("fault", text) for text in options.fault]
        malformed = [Malformed.parse("odd", text) for text in options.odd]
        if self._listed != (listed := options.model_dump(include=_LISTED)):
            self.world = World(options, self._started)
            self.visibility = {stream: Visibility(options, stream) for stream in STREAMS}
            self._listed = listed
        lines = self.world.timelines.items()
        self.renderers = {stream: Renderer(line, options) for stream, line in lines}
        self.options, self.faults, self.malformed = options, faults, malformed

    def page(self, stream: str, query: Query, now: int) -> tuple[list[str], int]:
        """Records of a page as JSON, and the last page's number."""
        timeline, visibility = self.world.timelines[stream], self.visibility[stream]
        timeline.reach(now)
        chosen = select(timeline, query, self.options, now)
        if not visibility.whole:
            numbers = listed(chosen)
            chosen = numbers[visibility.seen(numbers, timeline.created[numbers], now)]
        per_page = min(query.per_page, self.options.per_page_maximum)
        pages = spans(per_page, len(chosen), self.options)
        place = pages[query.page - 1] if query.page <= len(pages) else range(0)
        if 0 < self.options.depth_limit <= place.start:
            raise BadParameterError(
                f"page: only the first {self.options.depth_limit} rows are served"
            )
        order = query.sort if self.options.sort == "honoured" else self.options.sort
        numbers = page_of(chosen, order, place)
        visibility.answered(numbers)
        records = self.renderers[stream].records(numbers)
        for malformed in self.malformed:
            malformed.spoil(records, numbers)
        return records, len(pages)
