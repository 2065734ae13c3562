"""A Circle Data API in memory whose list grows, shrinks and surfaces while it is read."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from source_circle_events.http.page import Page
from source_circle_events.reading.next_request import Request

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
LENGTH = 40_000
"""Length of the history in seconds."""


@dataclass
class Row:
    id: int
    at: float
    """Seconds after EPOCH, as stored."""
    visible: bool = True
    stayed: bool = True
    """It could be read from the first moment to the last."""
    shown: datetime = field(init=False)
    """`at` as answers show it."""
    text: bytes = field(init=False)


@dataclass(frozen=True)
class Readings:
    """What this service makes of the contract."""

    per_page: int = 10
    ragged: bool = False
    """Pages by cursor hold between one row and `per_page`."""
    unit: float = 1.0
    """Resolution of `created_at` in answers, in seconds."""
    lower: str = "strict"  # inclusive, ignored
    upper: bool = True
    sort: str = "oldest"
    """Whatever was asked: `latest`; `shuffled`; `pages`: latest page first, each oldest first."""
    links: str = "page"  # cursor
    between: str = ""
    """Where links are page numbers: before each page an `empty` one, or the same one `again`."""
    empty_last_page: bool = False
    """A full page always names a next one, which may be empty."""


@dataclass(frozen=True)
class Change:
    """What the service does differently from one request on."""

    after: int
    """Requests before it."""
    unit: float | None = None
    sort: str | None = None


@dataclass
class Service:
    readings: Readings
    rows: list[Row]
    """In the order of `at`; a row's id is its place."""
    rng: random.Random
    change: Change | None = None
    requests: int = 0
    _queries: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._times = [row.at for row in self.rows]
        self._show(self.readings.unit)

    def _show(self, unit: float) -> None:
        step = round(unit * 1_000_000)
        for row in self.rows:
            row.shown = EPOCH + timedelta(microseconds=round(row.at * 1_000_000) // step * step)
            row.text = b"%d %a" % (row.id, row.shown)

    def _change(self, change: Change) -> None:
        unit, sort = change.unit or self.readings.unit, change.sort or self.readings.sort
        self.readings = replace(self.readings, unit=unit, sort=sort)
        self._show(unit)
        self.change = None

    def answer(self, request: Request) -> Page:
        self.requests += 1
        if self.change and self.requests > self.change.after:
            self._change(self.change)
        if request.link:
            name, _, place = request.link.partition("&page=")
            lower, upper = self._queries[name]
        else:
            lower = (request.lower - EPOCH).total_seconds()
            upper = (request.window.end - EPOCH).total_seconds() + 5
            name, place = f"q{lower}-{upper}", "0"
            self._queries[name] = (lower, upper)
        size = self.readings.per_page
        if self.readings.links == "page":
            leaf, second = divmod(int(place), 2) if self.readings.between else (int(place), 1)
            end = (leaf + (self.readings.between != "empty" or second)) * size
            rows = self._list(lower, upper, end + 1)
            page, more = rows[leaf * size : end], len(rows) > end
            following = str(int(place) + 1)
        else:
            at, _, identity = place.partition("/")
            after = (float(at), int(identity)) if identity else None
            rows = self._list(lower, upper)
            rest = [row for row in rows if after is None or self._beyond(row, after)]
            count = self.rng.randint(1, size) if self.readings.ragged else size
            page, more = rest[:count], len(rest) > count
            following = f"{page[-1].at}/{page[-1].id}" if page else ""
        if self.readings.empty_last_page and len(page) == size:
            more = True
        return Page(
            rows=[msgspec.Raw(row.text) for row in page],
            ids=[row.id for row in page],
            names=[None for _ in page],
            created_at=[row.shown for row in page],
            resolution=timedelta(seconds=self.readings.unit),
            next_query=f"{name}&page={following}" if more else None,
            server_time=None,
        )

    def _beyond(self, row: Row, after: tuple[float, int]) -> bool:
        mine = (row.at, row.id)
        return mine < after if self.readings.sort == "latest" else mine > after

    def _list(self, lower: float, upper: float, needed: int | None = None) -> list[Row]:
        """At least the first `needed` rows between the bounds."""
        readings = self.readings
        past = bisect_left if readings.lower == "inclusive" else bisect_right
        first = 0 if readings.lower == "ignored" else past(self._times, lower)
        end = bisect_left(self._times, upper) if readings.upper else None
        visible = (row for row in self.rows[first:end] if row.visible)
        rows = list(islice(visible, needed if readings.sort == "oldest" else None))
        if readings.sort == "latest":
            rows.reverse()
        if readings.sort == "shuffled":
            rows.sort(key=lambda row: row.id * 2_654_435_761 % 4_294_967_296)
        if readings.sort == "pages":
            size = readings.per_page
            pages = [rows[max(0, end - size) : end] for end in range(len(rows), 0, -size)]
            rows = [row for page in pages for row in page]
        return rows
