"""The shape of records, of which a key is shown and never a value; the texts of their times."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from source_circle_events.probe.observations import Observations, Shape
from source_circle_events.probe.service import Service, UnknownError


def shape(*payloads: dict[str, Any]) -> Shape:
    rows = [{"id": "1", "name": "post.liked", "payload": payload} for payload in payloads]
    return Shape("events", rows)


def test_documented_fields_and_their_types_are_shown() -> None:
    known = shape({"community_member": {"type": "CommunityMember", "id": 1, "email": None}})
    assert known.models == {"CommunityMember"}
    assert known.fields["payload.community_member.id"] == {"integer"}
    assert known.fields["payload.community_member.email"] == {"null"}
    assert known.undocumented == set()


def test_of_what_is_not_documented_the_topmost_is_told() -> None:
    new = shape({"flow": {"type": "Workflow", "id": 1, "steps": [{"type": "Step", "id": 2}]}})
    assert new.models == {"Workflow", "Step"}
    assert new.undocumented == {"payload.flow"}
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
    known = shape(payload)
    assert "ann" not in str([known.models, known.undocumented, *known.fields]).lower()


def test_nothing_is_shown_of_what_lies_in_an_object_without_a_type() -> None:
    counted = shape(*({"likes": {"total": 1, "Ann": {"since": 2}}} for _ in range(10)))
    assert {path for path in counted.fields if "likes" in path} == {"payload.likes"}


def observed(*times: str) -> Observations:
    rows = {"events": [{"created_at": time} for time in times]}
    return Observations(cast(Service, SimpleNamespace(rows=rows)))


@pytest.mark.parametrize(
    ("times", "resolution"),
    [
        (["2026-01-01T00:00:00.120Z", "2026-01-01T00:00:01Z"], "milliseconds"),
        (["2026-01-01T00:00:00.000000Z"], "microseconds"),
    ],
)
def test_the_resolution_is_that_of_the_finest_time_that_is_written(
    times: list[str], resolution: str
) -> None:
    assert observed(*times).created_at_resolution() == resolution


def test_several_offsets_are_told_as_such() -> None:
    with pytest.raises(UnknownError, match=r"several: \+01:00, Z"):
        observed("2026-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00").created_at_offset()
