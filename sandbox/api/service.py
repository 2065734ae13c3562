"""The service's state: the options in force and everything made from them."""

from __future__ import annotations

import time

from sandbox.api.log import Log
from sandbox.api.paging import Book
from sandbox.api.query import Query
from sandbox.api.rate_limit import Limiter
from sandbox.api.selection import listed, page_of, select
from sandbox.data.clock import SECOND
from sandbox.data.ids import Ids
from sandbox.data.names import STREAMS, paths_of
from sandbox.data.render import Records
from sandbox.data.templates import Templates
from sandbox.data.timeline import Lag
from sandbox.data.times import TimeText
from sandbox.data.undocumented import changes
from sandbox.data.world import World
from sandbox.faults.changing import Changing, Share
from sandbox.faults.plan import Plan
from sandbox.faults.records import Odd
from sandbox.options import DATA, Options


class Service:
    """Lives in one thread, the server's: nothing here is locked."""

    def __init__(self, options: Options) -> None:
        self.log = Log()
        self.limiter = Limiter()
        self.options = options
        self.paths = paths_of(options)
        self.world = World(options, self._micros(options))
        self.plan = Plan(options.fault)
        self.odd, self.records = _shown(options, self.world)
        self.changing = _changing(options)

    @property
    def now(self) -> int:
        """The service's clock, in microseconds."""
        return self._micros(self.options)

    @staticmethod
    def _micros(options: Options) -> int:
        return int((time.time() + options.clock_offset) * SECOND)

    def change(self, options: Options) -> None:
        """Go on with other options; if one is wrong (ValueError), with those there were."""
        before, now = self.options, self._micros(options)
        # Growth changes by the clock that is behind: coming back from a clock a year ahead must
        # not mean that a year's rows came at the old rate.
        at = min(now, self.now)
        plan = Plan(options.fault) if options.fault != before.fault else self.plan
        new = any(getattr(options, name) != getattr(before, name) for name in DATA)
        world = World(options, now) if new else self.world.adapted(options, at)
        world.reach(now)
        paths = paths_of(options)
        odd, records = _shown(options, world)
        changing = _changing(options)
        if new or (options.delete, options.surface) != (before.delete, before.surface):
            self.changing = changing
        self.options, self.plan, self.world = options, plan, world
        self.odd, self.records, self.paths = odd, records, paths

    def warm(self) -> None:
        """Spend now, at the start, what the first pages would cost."""
        for stream, records in self.records.items():
            records.warm(self.world.timelines[stream])

    def page(self, stream: str, query: Query, now: int) -> tuple[bytes, int, int]:
        """Records of a page as JSON, how many there are, and the last page's number."""
        timeline = self.world.timelines[stream]
        timeline.reach(now)
        chosen = select(timeline, query, self.options, now)
        changing = self.changing[stream]
        if changing.active:
            numbers = listed(chosen)
            chosen = numbers[changing.there(numbers)]
        book = Book(len(chosen), query.per_page, self.options)
        leaf = book.leaf(query.page)
        if leaf is None or query.page > book.pages:
            return b"", 0, book.pages
        numbers = page_of(chosen, query.latest, *book.span(leaf))
        changing.answered(numbers)
        parts = self.records[stream].render(timeline, numbers)
        for odd in self.odd:
            odd.spoil(parts, numbers)
        return b"".join(parts)[1:], len(numbers), book.pages


def _changing(options: Options) -> dict[str, Changing]:
    delete = Share.parse("delete", options.delete)
    surface = Share.parse("surface", options.surface)
    return {stream: Changing(options.seed, stream, delete, surface) for stream in STREAMS}


def _shown(options: Options, world: World) -> tuple[list[Odd], dict[str, Records]]:
    """How rows look under these options; ValueError if one is wrong."""
    Lag.parse(options.lag)
    times = TimeText(options.text_resolution or options.resolution, options.offset)
    extra = changes(options.undocumented)
    records = {
        stream: Records(
            Ids(options.seed, stream),
            times,
            Templates(stream, line.names, options.seed, world.span.since, extra),
        )
        for stream, line in world.timelines.items()
    }
    return [Odd.parse(text) for text in options.odd], records
