"""A wrong setting is named with a right value, and no message shows the token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.config import Config

WRONG: dict[str, list[Any]] = {
    "api_token": ["", "secret\nsecret", "two secrets", "s\u00e9cret", 12],
    "base_url": [
        "app.circle.so/data_api",
        "http://app.circle.so/data_api",
        "https://user:secret@app.circle.so",
        "https://app.circle.so/x?y=1",
        "http://127.0.0.1.evil.test/",
        "https://circle.test\\.evil.test/",
        "https://[half",
    ],
    "start_date": ["yesterday", "2025-13-01", "01/02/2025", "0001-01-01", "2999-01-01"],
    "lookback_window": ["P99999999D", "1 day", "P", "P1M"],
    "settling_period": ["-PT1M", "PT", 60],
    "event_types": [["post.liked", "post.disliked"], "post.liked"],
    "tracker_event_types": [["pageview"]],
    "num_workers": [0, 41, "10", True, 2.5],
    "personal_data": ["encrypt"],
    "events_path": ["https://elsewhere.test/events", "//elsewhere.test/events", "../events"],
    "member_visits_path": ["visits?x=1"],
}


@pytest.mark.parametrize(("key", "value"), [(key, one) for key in WRONG for one in WRONG[key]])
def test_a_wrong_value_is_an_error_that_names_the_setting(key: str, value: Any) -> None:
    with pytest.raises(AirbyteTracedException) as caught:
        Config.of({"api_token": "secret", key: value})

    assert f'"{key}"' in caught.value.message
    assert caught.value.failure_type == FailureType.config_error
    assert "secret" not in caught.value.message.replace("a secret of", "")


@pytest.mark.parametrize(
    ("mode", "key"),
    [("hash", None), ("hash", ""), ("hash", "short"), ("keep", "0123456789abcdef")],
)
def test_hash_and_its_key_go_together(mode: str, key: str | None) -> None:
    with pytest.raises(AirbyteTracedException, match="hash_key"):
        Config.of({"api_token": "secret", "personal_data": mode, "hash_key": key})


@pytest.mark.parametrize(
    ("field", "value", "config"),
    [
        ("base_url", "https://app.circle.so/data_api/v1", {}),
        ("base_url", "https://eu.circle.test/v2", {"base_url": " https://eu.circle.test/v2/ "}),
        ("base_url", "http://[::1]:8080/v1", {"base_url": "http://[::1]:8080/v1"}),
        ("api_token", "token", {"api_token": " token\n"}),
        ("num_workers", 20, {"start_date": "2025-01-01T02:00:00+02:00"}),
        ("settling_period", timedelta(minutes=1), {"__injected": {"a": 1}}),
        ("settling_period", timedelta(2, 11045.5), {"settling_period": "P2DT3H4M5.5S"}),
        ("num_workers", 20, {"num_workers": ""}),
        ("num_workers", 10, {"num_workers": 10.0}),
        ("event_types", set(), {"event_types": "", "personal_data": "", "hash_key": ""}),
        ("event_types", {"post.liked"}, {"event_types": ["post.liked", "post.liked"]}),
        ("num_workers", 20, {"events_path": " /v2/events/ "}),
        ("personal_data", "drop", {"personal_data": "drop", "hash_key": "0123456789abcdef"}),
    ],
)
def test_right_values_are_accepted(config: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(Config.of({"api_token": "token"} | config), field) == value


@pytest.mark.parametrize(
    ("config", "end"),
    [
        ({"start_dat": "x"}, 'There is no setting "start_dat". Did you mean "start_date"?'),
        ({"persnalData": "x"}, 'There is no setting "persnalData". Did you mean "personal_data"?'),
        ({"workspace": "x"}, 'There is no setting "workspace". Remove it.'),
        (
            {"event_types": ["spaces.joined", "post.likd"]},
            'Not known: "post.likd". Did you mean "post.liked"?',
        ),
    ],
)
def test_an_unknown_key_or_name_is_an_error_with_the_closest_one(
    config: dict[str, Any], end: str
) -> None:
    with pytest.raises(AirbyteTracedException) as caught:
        Config.of({"api_token": "secret"} | config)

    assert caught.value.message.endswith(end)
    assert caught.value.failure_type == FailureType.config_error


def test_the_defaults_of_the_paths_are_the_streams_endpoints() -> None:
    streams = manifest.load()["streams"]
    properties = manifest.load()["spec"]["connection_specification"]["properties"]

    for parameters in (stream["$parameters"] for stream in streams):
        assert properties[parameters["path_key"]]["default"] == parameters["endpoint"]


def test_event_types_of_a_stream_that_is_not_selected_do_not_matter() -> None:
    config = {"api_token": "secret", "tracker_event_types": ["pageview"]}

    assert Config.of(config, ["events"]).tracker_event_types == frozenset()
    with pytest.raises(AirbyteTracedException, match="tracker_event_types"):
        Config.of(config, ["tracker_events"])
