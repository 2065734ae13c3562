"""Each query in queries/ against the same question asked of the API's records in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
import requests
from around import Warehouse

from harness.streams import ENDPOINTS, ROOT

Rows = list[tuple[Any, ...]]
_QUERIES = sorted((ROOT / "queries").glob("*.sql"))


@dataclass(frozen=True)
class Deed:
    """One record, as far as the queries look at it."""

    stream: str
    name: str
    at: datetime
    member: int
    payload: dict[str, Any]

    @property
    def space(self) -> dict[str, Any] | None:
        return self.payload.get("space")


@dataclass
class Truth:
    deeds: list[Deed]
    joined: dict[int, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for deed in self.deeds:
            if deed.name == "community_member.joined_community":
                self.joined[deed.member] = min(deed.at, self.joined.get(deed.member, deed.at))

    def after_joining(self) -> list[tuple[Deed, datetime]]:
        """Each deed of those whose joining is known, with the moment of it."""
        return [
            (deed, self.joined[deed.member]) for deed in self.deeds if deed.member in self.joined
        ]


@pytest.fixture(scope="module")
def truth(warehouse: Warehouse) -> Truth:
    """The rows that the file has, read off the API page by page."""
    deeds = []
    for stream, endpoint in ENDPOINTS.items():
        with duckdb.connect(warehouse.file, read_only=True) as database:
            synced = {row[0] for row in database.execute(f"SELECT id FROM {stream}").fetchall()}
        deeds += [_deed(stream, one) for one in _pages(warehouse, endpoint) if one["id"] in synced]
    return Truth(deeds)


def _pages(warehouse: Warehouse, endpoint: str) -> Rows:
    url = f"{warehouse.api.base_url}/{endpoint}?per_page=2000&sort=oldest"
    records: Rows = []
    while url:
        headers = {"Authorization": f"Bearer {warehouse.api.token}"}
        page = requests.get(url, headers=headers, timeout=10).json()
        records += page["events"]
        url = page["pagination"].get("next_page_uri")
    return records


def _deed(stream: str, record: dict[str, Any]) -> Deed:
    payload = record.get("payload", {})
    member = payload.get("community_member", {}).get("id")
    return Deed(
        stream,
        record.get("name", "visit"),
        datetime.fromisoformat(record["triggered_at"]),
        record.get("community_member_id", member),
        payload,
    )


def _answer(warehouse: Warehouse, name: str) -> Rows:
    with duckdb.connect(warehouse.file, read_only=True) as database:
        return database.sql((ROOT / "queries" / f"{name}.sql").read_text()).fetchall()


def _month(moment: datetime) -> date:
    return moment.date().replace(day=1)


def test_active_members(warehouse: Warehouse, truth: Truth) -> None:
    active = defaultdict(set)
    for deed in truth.deeds:
        active[deed.at.date()].add(deed.member)
    last = max(active)
    expected = []
    for days_ago in reversed(range(60)):
        week = [last - timedelta(days=days_ago + place) for place in range(7)]
        members = set().union(*(active[day] for day in week)) - {None}
        expected.append((week[0], len(active[week[0]] - {None}), len(members)))
    answer = _answer(warehouse, "active_members")
    assert answer == expected
    assert all(0 < day <= week for _, day, week in answer)


def test_new_member_funnel(warehouse: Warehouse, truth: Truth) -> None:
    steps: dict[int, set[str]] = defaultdict(set)
    for deed, joined in truth.after_joining():
        if not joined <= deed.at <= joined + timedelta(days=30):
            continue
        if deed.stream == "member_visits" and deed.at.date() > joined.date():
            steps[deed.member].add("came back")
        if deed.name == "spaces.joined":
            steps[deed.member].add("joined a space")
        if deed.name in ("post.basic.published", "post.comment.created") or deed.name.endswith(
            ".message.created"
        ):
            steps[deed.member].add("spoke")
    asked = [set(), {"came back"}, {"came back", "joined a space"}]
    asked.append(asked[-1] | {"spoke"})
    counts = {month: [0] * len(asked) for month in map(_month, truth.joined.values())}
    for member, joined in truth.joined.items():
        for place, needed in enumerate(asked):
            counts[_month(joined)][place] += needed <= steps[member]
    answer = _answer(warehouse, "new_member_funnel")
    assert answer == [(month, *counts[month]) for month in sorted(counts)]
    assert sum(row[-1] for row in answer) > 0
    assert all(list(row[1:]) == sorted(row[1:], reverse=True) for row in answer)


def test_course_completion(warehouse: Warehouse, truth: Truth) -> None:
    started, finished, lessons, names = defaultdict(set), defaultdict(set), Counter(), {}
    for deed in truth.deeds:
        if not deed.name.startswith("courses.") or deed.name in (
            "courses.quiz.passed",
            "courses.quiz.failed",
        ):
            continue
        assert deed.space
        course = deed.space["id"]
        names[course] = deed.space["name"]
        started[course].add(deed.member)
        if deed.name == "courses.completed":
            finished[course].add(deed.member)
        lessons[course] += deed.name == "courses.lesson.completed"
    expected = [
        (
            course,
            names[course],
            len(members),
            len(finished[course]),
            pytest.approx(100 * len(finished[course]) / len(members), abs=0.051),
            lessons[course],
        )
        for course, members in sorted(started.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    assert _answer(warehouse, "course_completion") == expected
    assert any(finished.values())


def test_most_active_spaces(warehouse: Warehouse, truth: Truth) -> None:
    events = [deed for deed in truth.deeds if deed.stream == "events"]
    since = max(deed.at for deed in events) - timedelta(days=30)
    members, counts, names = defaultdict(set), defaultdict(Counter), {}
    for deed in events:
        if deed.space and deed.at > since:
            space = deed.space["id"]
            names[space] = deed.space["name"]
            members[space].add(deed.member)
            counts[space].update(["events", _kind(deed.name)])
    kinds = ("events", "posts", "comments", "likes", "messages")
    expected = [
        (
            space,
            names[space],
            len(members[space] - {None}),
            *(counts[space][kind] for kind in kinds),
        )
        for space in counts
    ]
    expected.sort(key=lambda row: (-row[2], -row[3], row[0]))
    assert _answer(warehouse, "most_active_spaces") == expected[:15]


def _kind(name: str) -> str:
    kinds = {
        "post.basic.published": "posts",
        "post.comment.created": "comments",
        "post.liked": "likes",
        "post.comment.liked": "likes",
    }
    return kinds.get(name, "messages" if name.endswith(".message.created") else "other")


def test_retention_by_cohort(warehouse: Warehouse, truth: Truth) -> None:
    active = defaultdict(set)
    for deed, joined in truth.after_joining():
        if deed.at >= joined:
            month = int((deed.at - joined) / timedelta(days=30))
            active[_month(joined), month].add(deed.member)
    newest = max(deed.at for deed in truth.deeds)
    cohorts = defaultdict(list)
    for joined in truth.joined.values():
        cohorts[_month(joined)].append(joined)
    expected = []
    for cohort, joinings in sorted(cohorts.items()):
        row: list[object] = [cohort, len(joinings)]
        for month in range(1, 6):
            over = max(joinings) + timedelta(days=30 * (month + 1)) <= newest
            share = 100 * len(active[cohort, month]) / len(joinings)
            row.append(pytest.approx(share, abs=0.51) if over else None)
        expected.append(tuple(row))
    answer = _answer(warehouse, "retention_by_cohort")
    assert answer == expected
    assert any(share for row in answer for share in row[2:])


@pytest.mark.parametrize("query", _QUERIES, ids=lambda query: query.stem)
def test_a_query_says_first_what_it_answers(query: Any) -> None:
    first = query.read_text().splitlines()[0]
    assert first.startswith("-- ")
    assert "?" in first


def test_an_object_is_found_under_any_key(warehouse: Warehouse) -> None:
    """Which keys the service uses is not documented: only that each object names its type."""
    macro = (ROOT / "queries" / "most_active_spaces.sql").read_text().split("WITH")[0]
    for text, expected in [
        ('{"who": {"type": "CommunityMember", "id": 5}, "where": {"type": "Space", "id": 6}}', "5"),
        ('{"where": {"type": "Space", "id": 6}, "n": null, "list": [1]}', None),
        ("{}", None),
        ("null", None),
    ]:
        with duckdb.connect() as database:
            database.execute(macro)
            found = database.execute(
                "SELECT object_of(?::JSON, 'CommunityMember')->>'id'", [text]
            ).fetchone()
        assert found == (expected,)
