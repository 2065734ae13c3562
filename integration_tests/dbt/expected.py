"""Computes in Python what the marts must contain, from the records of the three streams."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

Record = dict[str, Any]
Row = tuple[Any, ...]
JOINED = ("community_member.joined_community", "community_member.create")
STEPS = ("lesson.completed", "section.completed", "quiz.submitted", "quiz.passed", "quiz.failed")
KNOWN = ("name", "email", "is_admin", "is_moderator")
COUNTED = ("PageView", "post.basic.published", "post.comment.created")


class Act(NamedTuple):
    """One thing that a member did."""

    id: str
    kind: str
    name: str
    at: datetime | None
    person: Any
    member: str | None
    subject: str | None
    space: str | None
    space_name: str | None
    properties: Any
    visitor: str | None


Acts = list[Act]


def time_of(text: object) -> datetime | None:
    """A time in UTC; None if the text is not a time."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def get(value: Any, *paths: str) -> Any:
    """The text at the first of the dotted paths that leads to a value."""
    for path in paths:
        found = value
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None:
            return found if isinstance(found, bool | dict) else str(found)
    return None


def act(kind: str, record: Record) -> Act:
    payload, seen = record.get("payload"), record.get("properties")
    person = get(payload, "initiator") or get(record, "community_member", "initiator")
    other = (
        "community_member.id",
        "space_member.community_member_id",
        "space_group_member.community_member_id",
    )
    own = get({"own": record.get("community_member_id"), "person": person}, "own", "person.id")
    times = [time_of(record[name]) for name in ("triggered_at", "created_at")]
    in_space = ("space.id", "space_member.space_id", "posts_basic.space_id", "posts_event.space_id")
    return Act(
        record["id"],
        kind,
        kind if kind == "visit" else record.get("name") or "",
        next((time for time in times if time and time.year < 9999), None),
        person,
        own or get(payload, *other) or get(seen, "community_member_id"),
        get(payload, *other) or own,
        get(payload, *in_space, "section.space_id") or get(seen, "space_id"),
        get(payload, "space.name"),
        seen,
        get(seen, "ahoy_visitor", "device_id"),
    )


def activity(
    events: list[Record], member_visits: list[Record], tracker_events: list[Record]
) -> Acts:
    streams = {"event": events, "visit": member_visits, "page": tracker_events}
    acts = [act(kind, record) for kind, records in streams.items() for record in records]
    return [each for each in acts if not get(each.properties, "is_bot")]


def by(field: str, acts: Iterable[Act]) -> dict[str, Acts]:
    """Groups by a field, without those in which it is None."""
    groups = defaultdict(list)
    for each in acts:
        if getattr(each, field) is not None:
            groups[getattr(each, field)].append(each)
    return groups


def number(acts: Acts, *names: str) -> int:
    return sum(each.name in names for each in acts)


def counts(acts: Acts) -> Row:
    return (
        sum(each.kind == "event" for each in acts),
        *(number(acts, name) for name in COUNTED),
        number(acts, "post.liked", "post.comment.liked"),
        sum(each.name.endswith(".message.created") for each in acts),
    )


def bounds(acts: Iterable[Act]) -> Row:
    times = [each.at for each in acts if each.at]
    return min(times, default=None), max(times, default=None)


def newest(acts: Iterable[Act]) -> Act | None:
    """The newest one; among those of one time, the one with the smallest id."""
    ordered = sorted(acts, key=lambda each: each.id)
    return max(ordered, key=lambda each: each.at or datetime.min, default=None)


def days_of_members(acts: Acts) -> dict[str, set[date]]:
    groups = by("member", (each for each in acts if each.at))
    return {member: {each.at.date() for each in own if each.at} for member, own in groups.items()}


def members(acts: Acts) -> Iterable[Row]:
    acted, days = by("member", acts), days_of_members(acts)
    subjects = by("subject", (each for each in acts if each.kind == "event"))
    for member in acted.keys() | subjects.keys():
        own, life = acted.get(member, []), by("name", subjects.get(member, []))
        last_join = bounds(each for name in JOINED for each in life.get(name, []))[1]
        left = bounds(life.get("community_member.destroy", []))[1]
        named = newest(each for each in own if get(each.person, "name", "email"))
        yield (
            member,
            *(named and get(named.person, key) for key in KNOWN),
            "left" if left and left >= (last_join or left) else "member",
            bounds(life.get(JOINED[0], []))[0] or bounds(life.get(JOINED[1], []))[0],
            left,
            *bounds(own),
            len(days.get(member, ())),
            sum(each.kind == "visit" for each in own),
            *counts(own),
            number(own, "courses.lesson.completed"),
            number(own, "courses.completed"),
        )


def daily_activity(acts: Acts) -> Iterable[Row]:
    active = days_of_members(acts)
    days = sorted({day for own in active.values() for day in own})
    for place in range((days[-1] - days[0]).days + 1):
        day = days[0] + timedelta(place)
        windows = [{day - timedelta(back) for back in range(length)} for length in (1, 7, 28)]
        numbers = [sum(not own.isdisjoint(w) for own in active.values()) for w in windows]
        new = sum(min(own) == day for own in active.values())
        yield day, *numbers, new, numbers[0] - new


def spaces(acts: Acts) -> Iterable[Row]:
    groups = by("space", acts)
    last = bounds(each for own in groups.values() for each in own)[1].date()
    for space, own in groups.items():
        named = newest(each for each in own if each.space_name)
        recent = [e for e in own if e.at and e.at.date() > last - timedelta(28)]
        active = (len(by("member", some)) for some in (own, recent))
        moved = (number(own, name) for name in ("spaces.joined", "spaces.left"))
        yield space, named and named.space_name, *bounds(own), *active, *moved, *counts(own)


def courses(acts: Acts) -> Iterable[Row]:
    progress = [each for each in acts if each.name.startswith("courses.")]
    for course, own in by("space", progress).items():
        named, names = newest(each for each in own if each.space_name), by("name", own)
        graded = ("courses.quiz.passed", "courses.quiz.failed")
        started = len(by("member", (each for each in own if each.name not in graded)))
        completed = len(by("member", names.get("courses.completed", [])))
        numbers = (number(own, f"courses.{step}") for step in STEPS)
        rate = completed / started if started else None
        title = named and named.space_name
        yield course, title, *bounds(own), started, completed, *numbers, rate


def monthly_cohorts(acts: Acts) -> Iterable[Row]:
    days = days_of_members(acts)
    months = {member: {day.replace(day=1) for day in own} for member, own in days.items()}
    for cohort in {min(own) for own in months.values()}:
        group = [own for own in months.values() if min(own) == cohort]
        month, since = cohort, 0
        while month <= max(max(own) for own in months.values()):
            active = sum(month in own for own in group)
            yield cohort, since, month, len(group), active, active / len(group)
            month, since = (month + timedelta(31)).replace(day=1), since + 1


def sessions(acts: Acts) -> Iterable[Row]:
    pages: list[Any] = [each for each in acts if each.kind == "page" and each.at]
    groups = {f"member {key}": own for key, own in by("member", pages).items()}
    guests = by("visitor", (each for each in pages if not each.member))
    for visitor, own in (groups | {f"visitor {key}": own for key, own in guests.items()}).items():
        runs: list[list[Any]] = []
        for page in sorted(own, key=lambda each: (each.at, each.id)):
            if not runs or page.at - runs[-1][-1].at >= timedelta(minutes=30):
                runs.append([])
            runs[-1].append(page)
        for place, run in enumerate(runs, 1):
            start, end = bounds(run)
            key = f"{visitor} {(start - datetime(1970, 1, 1)) // timedelta(microseconds=1)}"
            posts = {get(each.properties, "post_id") for each in run} - {None}
            numbers = number(run, "PageView"), len(by("space", run)), len(posts)
            first = (get(run[0].properties, name) for name in ("device_type", "country"))
            length = (end - start).total_seconds()
            yield key, visitor, run[0].member, place, start, end, length, *numbers, *first


MARTS = {
    f"circle__{compute.__name__}": compute
    for compute in (members, daily_activity, spaces, courses, monthly_cohorts, sessions)
}
