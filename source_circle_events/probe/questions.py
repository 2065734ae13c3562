"""The questions that need requests of their own, each with those that can tell its readings apart.

An answer is given only where every other reading would have shown something else in these very rows;
otherwise an UnknownError says why. "Cannot tell" costs a user nothing, a wrong answer a wrong setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from source_circle_events.http.times import moment
from source_circle_events.probe.observations import Observations
from source_circle_events.probe.service import (
    FEW,
    RefusedError,
    Rows,
    Service,
    UnknownError,
    require,
)
from source_circle_events.reading.retriever import KEY_FORMAT
from source_circle_events.schemas.catalogue import event_types

DOCUMENTED_MAXIMUM: Final = 2000
BASELINE: Final = 30
"""Fewer than a question asks for: rows that are stored in between must not push those out."""
_PAGE: Final = 50
_SECOND: Final = timedelta(seconds=1)
_NAMES: Final = [event.name for event in event_types()]


class Questions(Observations):
    """As Observations; in the order of asking, the most useful first."""

    def __init__(self, service: Service) -> None:
        """The first page of `events` is asked for: what that raises is the caller's."""
        super().__init__(service)
        self._known = {"latest": service.answer("events", per_page=BASELINE, sort="latest")}
        """Answers without a bound or a filter, by their order."""
        self._latest = self._known["latest"].rows
        names = [row.get("name") for row in self._latest]
        self._names = [name for name in _NAMES if name in names]
        self._spelling = ""

    def sort(self) -> str:
        """Is the order that is asked for kept?"""
        oldest = self._service.answer("events", per_page=BASELINE, sort="oldest")
        self._known["oldest"] = oldest
        orders = _order(self._latest), _order(oldest.rows)
        require(all(orders), f"{FEW}, or they come in no order of created_at")
        require(orders != ("oldest", "latest"), "the opposite of what is asked for comes")
        return "ignored" if orders[0] == orders[1] else "honoured"

    def created_at_gt(self) -> str:
        """Is a record exactly on the bound left out?"""
        timed = _timed(self._latest, "created_at")
        instants = sorted({at for at, _ in timed})
        require(len(instants) > 2)
        bound = instants[-2]
        after, rows = [row for at, row in timed if at > bound], [row for _, row in timed]
        on = [row for at, row in timed if at >= bound]
        readings = {"strict": after, "inclusive": on, "ignored": rows}
        reading = self._told(readings, {"created_at_gt": f"{bound:{KEY_FORMAT}}"})
        if reading == "inclusive":  # or are times stored finer than they are shown?
            finer = {"created_at_gt": f"{bound + timedelta(microseconds=1):{KEY_FORMAT}}"}
            without = self._told({"inclusive": after, "ignored": rows}, finer)
            require(reading == without, "not the same for two bounds")
        return reading

    def base_timestamp(self) -> str:
        """Which time does base_timestamp bound?"""
        for order, answer in self._known.items():
            timed = _timed(answer.rows, "created_at", "triggered_at")
            for at, *_ in timed:
                base = (at - _SECOND).replace(microsecond=0)  # it could be cut off on the way
                sure = [
                    (stored < base, happened < base, row)
                    for stored, happened, row in timed
                    if min(abs(stored - base), abs(happened - base)) >= _SECOND
                ]
                readings = {
                    "created_at": [row for stored, _, row in sure if stored],
                    "triggered_at": [row for _, happened, row in sure if happened],
                    "ignored": [row for _, _, row in sure],
                }
                fewest, fewer, all_of_them = map(len, readings.values())
                if 0 < fewest < fewer < all_of_them:
                    return self._told(
                        readings, {"base_timestamp": f"{base.timestamp():.0f}"}, order
                    )
        raise UnknownError(
            "no record is triggered a second before it is stored, with others before and after"
        )

    def event_filter(self) -> str:
        """Which spelling filters events by name?"""
        require(self._names)
        absent = next(name for name in _NAMES if name not in self._names)
        wanted = self._names[0] if len(self._names) > 1 else absent
        readings = {"honoured": self._named(wanted), "ignored": self._latest}
        told = {}
        for spelling in ("events[]", "events"):
            with suppress(RefusedError):
                told[spelling] = self._told(readings, {spelling: wanted})
        require(told, "the service refuses both spellings (400)")
        heard = [spelling for spelling, reading in told.items() if reading == "honoured"]
        self._spelling = heard[0] if heard else "ignored"
        return "both" if len(heard) > 1 else self._spelling

    def several_event_types(self) -> str:
        """Are several names all heard?"""
        require(self._spelling not in ("", "ignored"), "names are not filtered, as far as is known")
        require(len(self._names) > 1)
        first, last = self._names[:2]
        readings = {
            "all": self._named(first, last),
            "first": self._named(first),
            "last": self._named(last),
            "ignored": self._latest,
        }
        return self._told(readings, {self._spelling: [first, last]})

    def per_page_maximum(self) -> int:
        """How many records at most on a page?"""
        require(self._known["latest"].link, "fewer records than a page holds")
        asked = DOCUMENTED_MAXIMUM + 1
        try:
            full = self._service.answer("events", per_page=asked, sort="latest")
        except RefusedError:  # more than the maximum is refused, then
            full = self._service.answer("events", per_page=asked - 1, sort="latest")
        count = len(full.rows)
        require(count < asked, "more than documented")
        require(count and full.link, f"fewer than {asked} records")
        if count != DOCUMENTED_MAXIMUM:  # once more: is it the maximum, or chance?
            again = self._service.answer("events", per_page=count + 1, sort="latest")
            require(len(again.rows) == count, "pages differ in size")
        return count

    def _named(self, *names: str) -> Rows:
        return [row for row in self._latest if row.get("name") in names]

    def _told(
        self, readings: Mapping[str, Rows], asked: Mapping[str, Any], order: str = "latest"
    ) -> str:
        """The reading under which those of the known rows come that do come, and no others.

        A bound or filter moves a row forward in its list, so one that passes is on the page, unless
        the page is shorter than the one known without it.
        """
        answer = self._service.answer("events", per_page=_PAGE, sort=order, **asked)
        cut = answer.link and len(answer.rows) < len(self._known[order].rows)
        require(not cut, "pages are shorter than asked for, and go on")
        came = [row for row in readings["ignored"] if row in answer.rows]
        fit = [reading for reading, rows in readings.items() if rows == came]
        require(fit, "the records that come fit none of its readings")
        return fit[0]


def _timed(rows: Rows, *fields: str) -> list[Any]:
    """The moments in these fields and the row, of each that has them."""
    timed = [(*(moment(row.get(field)) for field in fields), row) for row in rows]
    return [one for one in timed if None not in one]


def _order(rows: Rows) -> str:
    """The value of `sort` that the rows look like, "" if it is both or none."""
    times = [at for at, _ in _timed(rows, "created_at")]
    falls, rises = times == sorted(times, reverse=True), times == sorted(times)
    return "" if falls == rises else "latest" if falls else "oldest"
