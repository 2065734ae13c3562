"""The arithmetic on which "nothing lost, nothing twice" rests, against any service and any history.

Held here, for each resolution of `created_at`, each reading of the bounds and each order of answers:
- windows that are split hold every row once, also where rows lie on the point at which they meet;
- a reader read to its end yields exactly its window's rows, however it was split on the way;
- a checkpoint never covers a row that is not out;
- the checkpoints together cover the whole window, so that the state comes to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal
from urllib.parse import parse_qs

from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.http.page import Page
from source_circle_events.http.times import moment
from source_circle_events.reading.continuation import Request
from source_circle_events.reading.window import Window
from source_circle_events.reading.window_reader import WindowReader

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_SHOWN = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1}
Row = dict[str, str]
Reading = Literal["strict", "inclusive", "ignored"]
readings = st.sampled_from(["strict", "inclusive", "ignored"])
micros = st.one_of(
    st.integers(0, 60_000_000),
    st.integers(0, 60).map(lambda second: second * 1_000_000),
    st.sampled_from([9_999_999, 10_000_000, 10_000_001, 30_000_000, 30_000_001]),
)
"""Within a minute, and often enough the very same instant or one beside it."""


@dataclass(frozen=True)
class Service:
    """What the API would answer; `stored` are microseconds, cut to `unit` when they were stored."""

    stored: list[int]
    unit: int
    shown: int
    offset: timedelta
    per_page: int
    after: Reading
    base: Reading
    backfilled: bool
    """base_timestamp bounds `triggered_at`, which lies long before."""
    latest: bool
    repeats: bool
    gaps: bool

    def rows(self) -> list[tuple[int, Row]]:
        kept = sorted(micro // self.unit * self.unit for micro in self.stored)
        return [(at, {"id": str(n), "created_at": self._text(at)}) for n, at in enumerate(kept)]

    def _text(self, at: int) -> str:
        shown = _EPOCH + timedelta(microseconds=at // self.shown * self.shown)
        local = (shown + self.offset).replace(tzinfo=None)
        digits = {1: "microseconds", 1_000: "milliseconds", 1_000_000: "seconds"}[self.shown]
        sign = "-" if self.offset < timedelta(0) else "+"
        minutes = abs(self.offset) // timedelta(minutes=1)
        return f"{local.isoformat(timespec=digits)}{sign}{minutes // 60:02}:{minutes % 60:02}"

    def answer(self, request: Request) -> Page:
        """The page for a window, a key or a link, which carries the bounds of the first request."""
        if request.link is None:
            start = request.key or request.window.start - timedelta(seconds=1)
            low = (start - _EPOCH) // timedelta(microseconds=1)
            high = (request.window.end + timedelta(seconds=5) - _EPOCH) // timedelta(microseconds=1)
            place = 0
        else:
            values = {key: int(value[0]) for key, value in parse_qs(request.link).items()}
            low, high, place = values["low"], values["high"], values["page"]
        chosen = [row for at, row in self.rows() if self._within(at, low, high)]
        if self.latest:
            chosen.reverse()
        leaf, empty = self._leaf(place)
        rows = [] if empty else chosen[leaf * self.per_page : (leaf + 1) * self.per_page]
        more = (leaf + (0 if empty else 1)) * self.per_page < len(chosen)
        return Page(
            rows=[row["id"].encode() for row in rows],
            ids=[row["id"] for row in rows],
            names=[None for _ in rows],
            created_at=[moment(row["created_at"]) for row in rows],
            resolution=timedelta(microseconds=self.shown),
            next_query=f"low={low}&high={high}&page={place + 1}" if more else None,
            server_time=None,
        )

    def _within(self, at: int, low: int, high: int) -> bool:
        triggered = at - 50_000_000 if self.backfilled else at
        above = {"strict": at > low, "inclusive": at >= low, "ignored": True}[self.after]
        below = {"strict": triggered < high, "inclusive": triggered <= high, "ignored": True}[
            self.base
        ]
        return above and below

    def _leaf(self, place: int) -> tuple[int, bool]:
        """Which page of rows lies under the page number, and whether it is an empty one."""
        empty = False
        if self.gaps:
            place, rest = divmod(place, 2)
            empty = rest == 0
        return (place // 2 if self.repeats else place), empty


services = st.builds(
    Service,
    stored=st.lists(micros, max_size=40),
    unit=st.sampled_from([1, 1_000, 1_000_000]),
    shown=st.sampled_from([1, 1_000, 1_000_000]),
    offset=st.sampled_from([0, -360, 330]).map(lambda minutes: timedelta(minutes=minutes)),
    per_page=st.integers(1, 7),
    after=readings,
    base=readings,
    backfilled=st.booleans(),
    latest=st.booleans(),
    repeats=st.booleans(),
    gaps=st.booleans(),
)
windows = st.tuples(micros, micros).map(
    lambda pair: Window(
        _EPOCH + timedelta(microseconds=min(pair) - 1), _EPOCH + timedelta(microseconds=max(pair))
    )
)


class Reader:
    """Reads a window as the retriever does; `split` and `checkpoint` say when."""

    def __init__(
        self, service: Service, split: Callable[[], int], checkpoint: Callable[[], bool]
    ) -> None:
        self.service, self._split, self._checkpoint = service, split, checkpoint
        self.out: list[str] = []
        self.complete: list[Window] = []

    def read(self, window: Window) -> None:
        todo = [WindowReader(window)]
        pages = 0
        while todo:
            pages += 1
            assert pages < 3_000, "comes to no end"
            reader = todo.pop()
            page = self.service.answer(reader.request)
            self.out += [str(page.ids[i]) for i in reader.take(page)]
            if (reader.done or self._checkpoint()) and (complete := reader.checkpoint()):
                self._save(complete[0])
            if reader.done:
                continue
            parts = min(self._split(), reader.pages_left())
            todo += [reader, *(reader.split(int(parts)) if parts > 1 else ())]

    def _save(self, window: Window) -> None:
        if window.end <= window.start:
            return
        due = {str(row["id"]) for row in held(self.service, window)}
        assert due <= set(self.out), "a checkpoint is ahead of the records"
        self.complete.append(window)


def held(service: Service, window: Window) -> list[Row]:
    """The truth, written without the code under test: start < created_at <= end."""
    return [
        row
        for _, row in service.rows()
        if window.start < datetime.fromisoformat(str(row["created_at"])) <= window.end
    ]


@settings(max_examples=200, deadline=None)
@given(services, windows, st.data())
def test_a_window_is_read_exactly_once_however_it_is_split(
    service: Service, window: Window, data: st.DataObject
) -> None:
    reader = Reader(service, lambda: data.draw(st.integers(0, 4)), lambda: data.draw(st.booleans()))
    reader.read(window)
    assert sorted(reader.out) == sorted(str(row["id"]) for row in held(service, window))
    place = window.start
    for complete in sorted(reader.complete, key=lambda one: one.start):
        assert complete.start == place, "checkpoints leave a gap or overlap"
        place = complete.end
    assert place == window.end


@settings(max_examples=120, deadline=None)
@given(services, st.lists(micros, min_size=2, max_size=5, unique=True))
def test_windows_that_meet_hold_the_history_once(service: Service, edges: list[int]) -> None:
    """As consecutive syncs and the manifest's windows do: each starts where the one before ended."""
    places = [_EPOCH + timedelta(microseconds=edge) for edge in sorted(edges)]
    out: list[str] = []
    for start, end in pairwise(places):
        reader = Reader(service, lambda: 0, lambda: False)
        reader.read(Window(start, end))
        out += reader.out
    assert sorted(out) == sorted(
        str(row["id"]) for row in held(service, Window(places[0], places[-1]))
    )


@settings(max_examples=120, deadline=None)
@given(windows, st.integers(1, 40), micros)
def test_parts_of_a_window_partition_it(window: Window, parts: int, micro: int) -> None:
    pieces = window.split(parts)
    at = _EPOCH + timedelta(microseconds=micro)
    assert sum(piece.holds(at) for piece in pieces) == window.holds(at)
    assert len(pieces) <= parts
    assert [piece.start for piece in pieces[1:]] == [piece.end for piece in pieces[:-1]]


@given(micros, st.sampled_from(sorted(_SHOWN)), st.sampled_from([0, -360, 330, 765]))
def test_a_moment_is_the_same_in_every_spelling(micro: int, shown: str, minutes: int) -> None:
    service = Service(
        [micro],
        1,
        _SHOWN[shown],
        timedelta(minutes=minutes),
        1,
        "strict",
        "strict",
        backfilled=False,
        latest=False,
        repeats=False,
        gaps=False,
    )
    expected = _EPOCH + timedelta(microseconds=micro // _SHOWN[shown] * _SHOWN[shown])
    assert moment(service.rows()[0][1]["created_at"]) == expected
