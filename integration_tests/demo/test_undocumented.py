"""Fields nobody documented are columns in the warehouse, and filled."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
from around import run_example

from sandbox import Options, Sandbox

LEARNT = {
    "events": {"source", "sequence"},
    "member_visits": {"source", "sequence", "workflow", "context", "score"},
    "tracker_events": {"source", "sequence"},
}
"""Columns of each stream that only discover knows of; the others lie within `payload`, `properties`."""


def test_undocumented_fields_arrive_in_columns_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "circle.duckdb"
    with Sandbox(Options(events=2_000, visits=500, tracker=500, days=90)) as api:
        api.change(undocumented=["all"])
        (tmp_path / "config.json").write_text(json.dumps(api.config()))
        run_example(tmp_path, file)
    with duckdb.connect(file, read_only=True) as database:
        for stream, columns in LEARNT.items():
            for column in columns - {"score"}:
                (count,) = database.execute(
                    f"SELECT count(*) FILTER (WHERE {column} IS NULL) FROM {stream}"
                ).fetchone() or (None,)
                assert count == 0, f"{stream}.{column} has {count} nulls"
        scores = {row[0] for row in database.execute("SELECT score FROM member_visits").fetchall()}
        titles = database.execute(
            "SELECT DISTINCT payload->>'$.workflow.title' FROM events"
        ).fetchall()
        deep = database.execute(
            "SELECT count(*) FROM tracker_events WHERE"
            " json_extract_string(properties, '$.context.depth.team.lead.person.email') LIKE '%@%'"
        ).fetchone()
    assert titles == [("Welcome",)]
    assert deep is not None
    assert deep[0] > 400
    # A field of every type there is: each value is there, if only as text.
    assert {"7", "7.5", "seven"} <= {str(score).strip('"') for score in scores}
