"""A state in any shape is the CDK's own before a sync starts; one that cannot be right is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from airbyte_cdk.models import AirbyteStateMessageSerializer, FailureType
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.state import check_selected, normalized

OURS = "2025-01-01T00:00:00.000000+0000"


def stream(created_at, name="events", **descriptor):
    return {
        "stream_descriptor": {"name": name, **descriptor},
        "stream_state": {"created_at": created_at},
    }


def all_streams(*streams, **shared):
    return {"type": "GLOBAL", "global": {**shared, "stream_states": [*streams]}}


def loaded(*states):
    return [AirbyteStateMessageSerializer.load(state) for state in states]


@pytest.mark.parametrize(
    ("states", "taken"),
    [
        ([{"type": "STREAM", "stream": stream("2025-01-01T00:00:00Z")}], OURS),
        ([{"stream": stream("2025-01-01T00:00:00Z")}], OURS),
        ([{"stream": stream("2025-01-01T00:00:00Z", namespace="circle")}], OURS),
        ([all_streams(stream("2025-01-01T00:00:00Z"))], OURS),
        ([all_streams(stream("2025-01-01"), shared_state={"x": 1})], OURS),
        ([{"type": "LEGACY", "data": {"events": {"created_at": "2025-01-01 00:00:00"}}}], OURS),
        ([{"data": {"events": {"created_at": "2025-01-01T02:00:00+02:00"}}}], OURS),
        ([{"stream": stream("2999-01-01")}, {"stream": stream("2025-01-01")}], OURS),
        ([{"stream": stream("0001-01-01T00:00:00Z")}], "1970-01-01T00:00:00.000000+0000"),
        ([{"type": "LEGACY", "data": {"events": "x"}}], None),
        ([{"stream": stream("rubbish", "gone")}], None),
        ([all_streams(stream("2999-01-01", "member_visits"))], None),
    ],
)
def test_given_states_in_any_shape_then_the_cdk_goes_on_from_the_last_that_concerns_it(
    states, taken
):
    given = ConnectorStateManager(normalized(loaded(*states), ["events"]))

    assert given.get_stream_state("events", None) == ({"created_at": taken} if taken else {})


@pytest.mark.parametrize("kind", ["STREAM", "GLOBAL"])
@pytest.mark.parametrize(
    "created_at",
    [
        pytest.param(f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}", id="soon"),
        "PT1M",
        "12:30",
        "",
        5,
        20250101,
        None,
        "9999-12-31T23:59:59-10:00",
    ],
)
def test_given_a_state_that_cannot_be_right_then_a_config_error_names_the_stream(kind, created_at):
    one = stream(created_at)
    state = {"STREAM": {"type": "STREAM", "stream": one}, "GLOBAL": all_streams(one)}[kind]
    with pytest.raises(AirbyteTracedException, match='"events"') as caught:
        normalized(loaded(state), ["events"])

    assert caught.value.failure_type == FailureType.config_error


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["members"], 'no stream "members" in this source; there are events, member_visits'),
        (["events", "members"], 'no stream "members"'),
        ([], "selects no stream; there are events, member_visits"),
        (["events", "member_visits", "events"], 'The stream "events" stands twice'),
    ],
)
def test_given_a_catalog_that_cannot_be_read_then_it_is_told(names, words):
    with pytest.raises(AirbyteTracedException, match=words) as caught:
        check_selected(names)

    assert caught.value.failure_type == FailureType.config_error
