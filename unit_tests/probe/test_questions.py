"""What the sandbox does not do to a page, and of which kinds of keys nothing may be shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from source_circle_events.probe.observations import Observations, Shape
from source_circle_events.probe.questions import Questions
from source_circle_events.probe.service import Answer, Rows, Service, UnknownError


def time(second: int) -> str:
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).isoformat()


def row(stored: int, happened: int | None = None) -> dict[str, Any]:
    """A record of so many seconds after the start of the year."""
    happened = stored if happened is None else happened
    return {"id": str(stored), "created_at": time(stored), "triggered_at": time(happened)}


def asked(known: Rows, bounded: Callable[[Rows], Answer]) -> Questions:
    """`known` is what comes without a bound, `bounded` what comes of it with one."""

    def answer(stream: str, per_page: int, sort: str, **bound: str) -> Answer:
        return bounded(known) if bound else Answer(known, "?page=2")

    return Questions(cast(Service, SimpleNamespace(answer=answer)))


@pytest.mark.parametrize(
    ("came", "link", "reason"),
    [([0], "?page=2", "shorter"), ([1, 3], "", "none of its readings")],
    ids=["cut short, as by a strict bound", "rows that fit no reading"],
)
def test_rows_that_tell_nothing_are_no_answer(came: list[int], link: str, reason: str) -> None:
    known = [row(second) for second in (40, 30, 20, 10)]
    questions = asked(known, lambda rows: Answer([rows[index] for index in came], link))
    with pytest.raises(UnknownError, match=reason):
        questions.created_at_gt()


@pytest.mark.parametrize("inclusive", [False, True])
def test_a_row_exactly_on_the_bound_decides_nothing(inclusive: bool) -> None:
    known = [row(30), row(20, -90), row(19, -90), row(-100)]
    came = known[2:] if inclusive else known[3:]
    assert asked(known, lambda rows: Answer(came, "")).base_timestamp() == "created_at"


def observed(*times: str) -> Observations:
    rows = {"events": [{"created_at": time} for time in times]}
    return Observations(cast(Service, SimpleNamespace(rows=rows)))


def test_the_resolution_is_the_finest_that_is_written() -> None:
    times = observed("2026-01-01T00:00:00.120Z", "2026-01-01T00:00:01Z")
    assert times.created_at_resolution() == "milliseconds"
    assert observed("2026-01-01T00:00:00.000000Z").created_at_resolution() == "microseconds"


def test_several_offsets_are_told_as_such() -> None:
    with pytest.raises(UnknownError, match=r"several: '\+01:00', 'Z'"):
        observed("2026-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00").created_at_offset()


def shape(*payloads: dict[str, Any]) -> Shape:
    rows = [{"id": "1", "name": "post.liked", "payload": payload} for payload in payloads]
    return Shape("events", rows)


def test_documented_fields_and_the_topmost_of_others_are_told() -> None:
    known = shape({"community_member": {"type": "CommunityMember", "id": 1, "email": None}})
    assert (known.models, known.undocumented) == ({"CommunityMember"}, set())
    assert known.fields["payload.community_member.id"] == {"integer"}
    assert known.fields["payload.community_member.email"] == {"null"}
    new = shape({"flow": {"type": "Workflow", "id": 1, "steps": [{"type": "Step", "id": 2}]}})
    assert (new.models, new.undocumented) == ({"Workflow", "Step"}, {"payload.flow"})
    assert new.fields["payload.flow.steps.id"] == {"integer"}


@pytest.mark.parametrize(
    "payload",
    [
        {"ann@example.org": 1},
        {"by_member": {"Ann": 1}},
        {"by_member": {"Ann": {"type": "CommunityMember", "id": 1, "new": True}}},
        {"flow": {"type": "Workflow", "id": 1, "ann@example.org": {"Ann": 1}}},
        {"flow": {"type": "Ann Example", "id": 1}},
    ],
)
def test_a_key_that_may_be_a_value_is_not_shown(payload: dict[str, Any]) -> None:
    known = shape(*[payload] * 10)
    assert "ann" not in str([known.models, known.undocumented, *known.fields]).lower()
