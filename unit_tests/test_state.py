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


def loaded(*states):
    return [AirbyteStateMessageSerializer.load(state) for state in states]


@pytest.mark.parametrize(
    "state",
    [
        {"type": "STREAM", "stream": stream("2025-01-01T00:00:00Z")},
        {"stream": stream("2025-01-01T00:00:00Z")},
        {"type": "STREAM", "stream": stream("2025-01-01T00:00:00Z", namespace="circle")},
        {"type": "GLOBAL", "global": {"stream_states": [stream("2025-01-01T00:00:00Z")]}},
        {
            "type": "GLOBAL",
            "global": {"shared_state": {"x": 1}, "stream_states": [stream("2025-01-01")]},
        },
        {"type": "LEGACY", "data": {"events": {"created_at": "2025-01-01 00:00:00"}}},
        {"data": {"events": {"created_at": "2025-01-01T02:00:00+02:00"}}},
    ],
)
def test_given_a_state_in_another_shape_then_the_cdk_goes_on_from_it(state):
    states = normalized(loaded(state), ["events"])

    assert ConnectorStateManager(states).get_stream_state("events", None) == {"created_at": OURS}


def test_given_two_states_of_a_stream_then_the_last_one_counts():
    states = normalized(
        loaded(
            {"type": "STREAM", "stream": stream("2999-01-01")},
            {"type": "STREAM", "stream": stream("2025-01-01")},
        )
    )

    (state,) = states
    assert vars(state.stream.stream_state) == {"created_at": OURS}


def test_given_a_state_from_before_1970_then_it_is_1970():
    (state,) = normalized(loaded({"stream": stream("0001-01-01T00:00:00Z")}))

    assert vars(state.stream.stream_state) == {"created_at": "1970-01-01T00:00:00.000000+0000"}


def test_given_a_legacy_state_that_is_no_object_then_it_is_passed_over():
    legacy = loaded({"type": "LEGACY", "data": {"events": "x"}})

    assert normalized(legacy, ["events"]) == []


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
    state = {"stream": {"stream": one}, "global": {"global": {"stream_states": [one]}}}
    with pytest.raises(AirbyteTracedException, match='"events"') as caught:
        normalized(loaded({"type": kind, **state[kind.lower()]}), ["events"])

    assert caught.value.failure_type == FailureType.config_error


def test_given_a_wrong_state_of_a_stream_that_is_not_selected_then_it_stops_nothing():
    gone, future = stream("rubbish", name="gone"), stream("2999-01-01", name="member_visits")

    states = normalized(
        loaded({"stream": gone}, {"type": "GLOBAL", "global": {"stream_states": [future]}}),
        ["events"],
    )

    assert states == []


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
