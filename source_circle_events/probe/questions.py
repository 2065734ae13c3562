"""The questions, each with the requests that can tell its readings apart.

An answer is given only where every other reading would have shown something else in these very rows;
otherwise None and why. "Cannot tell" costs a user nothing, a wrong answer a wrong setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from source_circle_events.probe.asking import Answer, RefusedError, Row, Service, ShortPageError
from source_circle_events.probe.observations import FEW, Finding
from source_circle_events.schemas.catalogue import event_types

_DOCUMENTED_MAXIMUM: Final = 2000
_PAGE: Final = 50
BASELINE: Final = 30
"""Fewer than a test asks for: rows that are stored in between must not push those out."""
_SECOND: Final = timedelta(seconds=1)
_INSTANT: Final = timedelta(microseconds=1)


def sort(latest: Answer, oldest: Answer) -> Finding:
    """Each page's direction, and which of the two is the older."""
    down, up = times(latest.rows), times(oldest.rows)
    if len({*down, *up}) < 2:
        return None, FEW
    falls, rises = _descends(down), _descends(up[::-1])
    if falls and rises and (max(up) < min(down) or (len(set(down)) > 1 and len(set(up)) > 1)):
        return "honoured", ""
    if falls != rises and (_descends(up) if falls else _descends(down[::-1])):
        return "ignored", ""
    return None, FEW if falls and rises else "the records come in no order of created_at"


def _descends(moments: Sequence[datetime]) -> bool:
    return all(a >= b for a, b in pairwise(moments))


def created_at_gt(service: Service, url: str, rows: Sequence[Row]) -> Finding:
    """Asked at the very instant of a row, and just before and after it."""
    instants = sorted(set(times(rows)), reverse=True)
    if not instants:
        return None, FEW

    def found(bound: datetime) -> list[datetime]:
        text = f"{bound:%Y-%m-%dT%H:%M:%S.%fZ}"
        return times(_whole(service, url, len(rows), sort="oldest", created_at_gt=text))

    if found(max(instants[0], datetime.now(UTC)) + timedelta(days=2)):
        return "ignored", ""
    verdicts: list[str] = []
    for instant in instants[1:3] or instants:
        if instant not in found(instant - _SECOND) and instant not in found(instant - _INSTANT):
            return None, "records just after the bound do not come"
        if instant not in found(instant):
            verdicts.append("strict")
        elif instant in found(instant + _INSTANT):
            return None, "times are stored finer than they are shown"
        else:
            verdicts.append("inclusive")
        if verdicts == ["strict"]:
            break
    return (verdicts[0], "") if len(set(verdicts)) == 1 else (None, "not the same for two records")


def base_timestamp(service: Service, url: str, known: Mapping[str, Answer]) -> Finding:
    """A whole second with rows on all sides: stored before it; triggered before, stored after; both
    after. Which of them come tells what is bounded; a fraction could be cut off on the way."""
    for order, answer in known.items():
        rows = [row for row in answer.rows if row.created and row.triggered]
        base = max(_bases(rows), key=lambda base: min(_sides(rows, base)), default=None)
        if base is None or not min(_sides(rows, base)):
            continue
        bound = f"{base.timestamp():.0f}"
        came = _whole(service, url, len(answer.rows), sort=order, base_timestamp=bound)
        before, between, after = _sides(came, base)
        if after:
            return "ignored", ""
        if between and before:
            return "triggered_at", ""
        if before:
            return "created_at", ""
        return None, "a bound within the records leaves none of them"
    return None, "no record is triggered a second before it is stored, with others before and after"


def _bases(rows: Sequence[Row]) -> set[datetime]:
    return {
        (row.triggered + 2 * _SECOND).replace(microsecond=0)
        for row in rows
        if row.created and row.triggered
    } | {(row.created - _SECOND).replace(microsecond=0) for row in rows if row.created}


def _sides(rows: Sequence[Row], base: datetime) -> tuple[int, int, int]:
    """How many rows lie before, around and after `base`, a second of doubt kept on each side."""
    before = between = after = 0
    for row in rows:
        if not row.created or not row.triggered:
            continue
        before += row.created <= base - _SECOND and row.triggered <= base - _SECOND
        between += row.triggered <= base - _SECOND and row.created >= base + _SECOND
        after += row.triggered >= base + _SECOND and row.created >= base + _SECOND
    return before, between, after


def event_filter(service: Service, url: str, rows: Sequence[Row]) -> list[Finding]:
    """Which spelling filters by name; and whether several names are all heard."""
    documented = [event.name for event in event_types()]
    present = sorted({row.name for row in rows if row.name in documented}, key=str)
    if not present:
        return [(None, FEW), (None, FEW)]
    absent = next(name for name in documented if name not in present)
    wanted = str(present[0]) if len(present) > 1 else absent

    def come(**names: Any) -> set[str]:
        came = _whole(service, url, len(rows), sort="latest", **names)
        return {row.name for row in came if row.name in documented}

    heard: dict[str, bool | None] = {}
    for spelling in ("events[]", "events"):
        try:
            came = come(**{spelling: wanted})
        except RefusedError:
            heard[spelling] = False
            continue
        expected = {wanted} if len(present) > 1 else set()
        heard[spelling] = True if came == expected else False if came - {wanted} else None
    if None in heard.values():
        return [(None, "a filter by a name that is there leaves nothing"), (None, "see above")]
    works = [spelling for spelling, yes in heard.items() if yes]
    finding: Finding = ("both" if len(works) == 2 else works[0] if works else "ignored"), ""
    if not works or len(present) < 2:
        return [finding, (None, FEW if works else "names are not filtered")]
    pair = [str(present[0]), str(present[1])]
    came = come(**{works[0]: pair})
    words = {frozenset(pair): "all", frozenset(pair[1:]): "last", frozenset(pair[:1]): "first"}
    several = words.get(frozenset(came))
    return [finding, (several, "" if several else "the two names are not told apart")]


def per_page_maximum(service: Service, url: str, first: Answer) -> tuple[Finding, Answer]:
    """One more than documented; a page is full if another follows."""
    if not first.link or len(first.rows) > BASELINE:
        reason = "per_page is not looked at" if first.link else "fewer records than a page holds"
        return (None, reason), first
    asked = _DOCUMENTED_MAXIMUM + 1
    try:
        answer = service.answer("events", url, per_page=asked, sort="latest")
    except RefusedError:  # more than the maximum is refused, then
        answer = service.answer("events", url, per_page=_DOCUMENTED_MAXIMUM, sort="latest")
    count = len(answer.rows)
    if count >= asked:
        return (None, f"more than documented: {count} came"), answer
    if not answer.link:
        return (None, f"fewer than {asked} records"), answer
    if count != _DOCUMENTED_MAXIMUM:  # once more: is it the maximum, or chance?
        again = service.answer("events", url, per_page=count + 1, sort="latest")
        if len(again.rows) != count:
            return (None, "pages differ in size"), answer
    return (count, ""), answer


def _whole(service: Service, url: str, least: int, **parameters: Any) -> list[Row]:
    """The rows of a page that is not cut shorter than the page known without the bound or filter:
    on a shorter one, a row that is not there may be on the next."""
    answer = service.answer("events", url, per_page=_PAGE, **parameters)
    if answer.link and len(answer.rows) < least:
        raise ShortPageError
    return answer.rows


def times(rows: Sequence[Row]) -> list[datetime]:
    return [row.created for row in rows if row.created]
