"""Bodies that are no page, or are written as few parsers expect: whole, or loud and resumable.

The filters read a body leniently, the decoder strictly, and gives nothing where it fails: one such page
once ended its window early, with exit 0 and the state past the records that were not read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.connector import manifest_alone
from harness.streams import configured
from sandbox import Options, Sandbox

_UNTIL = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
_HISTORY = Options(events=3_000, visits=0, tracker=0, days=30, until=_UNTIL)
_ONCE = "after=2,times=1"
RETRIED = ("html", "empty", "cut", "list", "no_events", "null_events", "bom")
"""Seen to be no page, and asked for again."""
READABLE = ("nan", "control", "pretty")
UNREADABLE = ("bad_byte", "latin1", "utf16")
"""Read by the filters, and not by the decoder."""


@pytest.mark.parametrize("kind", [*RETRIED, *READABLE, *UNREADABLE])
def test_given_one_strange_body_then_all_is_read_or_the_next_sync_reads_it(
    kind: str, tmp_path: Path
) -> None:
    with Sandbox(_HISTORY.changed({"fault": (f"{kind},{_ONCE}",)})) as api:
        connector, catalog = manifest_alone(tmp_path), configured("events")
        wanted = api.ids("events")

        first = connector.run("read", api.config(), catalog=catalog)

        got = set(first.ids["events"])
        if first.code == 0:
            assert got == wanted.keys()
            assert kind not in UNREADABLE
            return
        assert first.errors
        assert kind not in RETRIED
        state = first.states.get("events")
        second = connector.run(
            "read", api.config(), catalog=catalog, state=[state] if state else None
        )
        assert (second.code, second.errors) == (0, [])
        assert got | set(second.ids["events"]) == wanted.keys()


def test_given_a_page_that_only_the_filters_can_read_then_the_reason_is_told(
    tmp_path: Path,
) -> None:
    with Sandbox(_HISTORY.changed({"fault": (f"bad_byte,{_ONCE}",)})) as api:
        output = manifest_alone(tmp_path).run("read", api.config(), catalog=configured("events"))

    assert output.code == 1
    assert any("no JSON in UTF-8" in error["message"] for error in output.errors)
    assert not any(api.token.encode() in line for line in output.run.lines)
