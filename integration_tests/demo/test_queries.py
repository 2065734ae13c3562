"""Each query in queries/ on a history that can be counted by hand, and on a file that was synced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from helpers import Warehouse

from harness.streams import ROOT

HISTORY = """
01-01 0
01-05 1 community_member.joined_community
01-05 1 visit
01-06 1 visit
01-07 1 spaces.joined             6 Old lounge
01-08 1 post.basic.published      6 Old lounge
01-10 2 community_member.joined_community
01-12 2 post.liked                6 Old lounge
02-01 3 community_member.joined_community
02-02 3 visit
02-03 3 chat_space.chat_rooms.message.created 7 Chat
02-05 1 courses.lesson.completed  9 First steps
02-06 1 courses.lesson.completed  9 First steps
02-07 1 courses.completed         9 First steps
02-08 2 courses.quiz.submitted    9 First steps
02-09 3 courses.quiz.passed       9 First steps
02-10 2 courses.section.completed 10 More steps
02-20 2 visit
03-12 1 PageView
04-10 1 post.basic.published      6 Lounge
04-11 2 post.liked                6 Lounge
04-11 2 post.comment.liked        6 Lounge
04-12 2 post.comment.created      6 Lounge
04-14 1 chat_space.chat_rooms.message.created 7 Chat
04-15 1 post.liked                7 Chat
"""
"""Day of 2026, member, name (a visit; `PageView` for the tracker), number and name of the space."""


MEMBER = {"member_visits": "community_member_id INT", "tracker_events": "initiator JSON"}


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        database.execute("CREATE TABLE events (name VARCHAR, triggered_at TIMESTAMP, payload JSON)")
        for stream, member_column in MEMBER.items():
            database.execute(
                f"CREATE TABLE {stream} (name VARCHAR, triggered_at TIMESTAMP, {member_column})"
            )
        for line in HISTORY.strip().splitlines():
            day, member, name, space, title = [*line.split(maxsplit=4), "", "", ""][:5]
            stream = {"visit": "member_visits", "PageView": "tracker_events"}.get(name, "events")
            initiator = {"type": "CommunityMember", "id": int(member)}
            payload = {"initiator": initiator, "n": None, "list": [1]}
            if space:
                payload["space"] = {"type": "Space", "id": int(space), "name": title}
            content = {
                "events": json.dumps(payload) if name else "null",
                "member_visits": member,
                "tracker_events": json.dumps({"id": int(member)}),
            }[stream]
            row = [name, f"2026-{day} 10:00:00", content]
            database.execute(f"INSERT INTO {stream} VALUES (?, ?, ?)", row)
        yield database


def answer(database: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return database.sql((ROOT / "queries" / f"{query}.sql").read_text()).fetchall()


def test_active_members(database: duckdb.DuckDBPyConnection) -> None:
    active = {day: numbers for day, *numbers in answer(database, "active_members")}
    assert len(active) == 60
    assert (min(active), max(active)) == (date(2026, 2, 15), date(2026, 4, 15))
    assert active[date(2026, 2, 20)] == [1, 1]
    assert active[date(2026, 2, 26)] == [0, 1]
    assert active[date(2026, 2, 27)] == [0, 0]
    assert active[date(2026, 4, 15)] == [1, 2]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("new_member_funnel", [(date(2026, 1, 1), 2, 1, 1, 1), (date(2026, 2, 1), 1, 1, 0, 0)]),
        (
            "course_completion",
            [(9, "First steps", 2, 1, 50.0, 2), (10, "More steps", 1, 0, 0.0, 0)],
        ),
        ("most_active_spaces", [(6, "Lounge", 2, 4, 1, 1, 2, 0), (7, "Chat", 1, 2, 0, 0, 1, 1)]),
        (
            "retention_by_cohort",
            [
                (date(2026, 1, 1), 2, 100, 50, None, None, None),
                (date(2026, 2, 1), 1, 0, None, None, None, None),
            ],
        ),
    ],
)
def test_what_a_query_counts(
    database: duckdb.DuckDBPyConnection, query: str, expected: list[tuple[Any, ...]]
) -> None:
    assert answer(database, query) == expected


@pytest.mark.parametrize(
    "query", sorted((ROOT / "queries").glob("*.sql")), ids=lambda query: query.stem
)
def test_a_query_says_first_what_it_answers_and_finds_it_in_a_synced_file(
    query: Path, warehouse: Warehouse
) -> None:
    first = query.read_text().splitlines()[0]
    assert first.startswith("-- ")
    assert "?" in first
    with duckdb.connect(warehouse.file, read_only=True) as database:
        rows = answer(database, query.stem)
    assert any(number for row in rows for number in row[2:])
