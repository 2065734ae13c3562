"""A wrong setting is named, with a right value, and never shows the token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.config import Config, tidied
from source_circle_events.errors import unknown_settings
from source_circle_events.source import SourceCircleEvents


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("api_token", None),
        ("api_token", ""),
        ("api_token", "secret\nsecret"),
        ("api_token", "two secrets"),
        ("base_url", "app.circle.so/data_api"),
        ("base_url", "http://app.circle.so/data_api"),
        ("base_url", "ftp://app.circle.so"),
        ("base_url", "https://user:secret@app.circle.so"),
        ("base_url", "https://app.circle.so/x?y=1"),
        ("base_url", "http://127.0.0.1.evil.test/"),
        ("base_url", "http://127.0.0.300/"),
        ("base_url", "https://circle.test\\.evil.test/"),
        ("base_url", "https://[half"),
        ("base_url", "https://app.circle.so:port"),
        ("start_date", "yesterday"),
        ("start_date", "2025-13-01"),
        ("start_date", 2025),
        ("start_date", "0001-01-01"),
        ("start_date", "2999-01-01"),
        ("lookback_window", "P99999999D"),
        ("event_types", [["post.liked"]]),
        ("lookback_window", "1 day"),
        ("lookback_window", "P"),
        ("lookback_window", "P1M"),
        ("settling_period", "-PT1M"),
        ("settling_period", "PT"),
        ("event_types", ["post.liked", "post.disliked"]),
        ("event_types", "post.liked"),
        ("tracker_event_types", ["pageview"]),
        ("num_workers", 0),
        ("num_workers", 41),
        ("num_workers", "10"),
        ("num_workers", True),
        ("personal_data", "encrypt"),
        ("events_path", "https://elsewhere.test/events"),
        ("events_path", "//elsewhere.test/events"),
        ("events_path", "../events"),
        ("member_visits_path", "visits?x=1"),
        ("tracker_events_path", ["a"]),
        ("api_token", 12),
        ("api_token", "s\u00e9cret"),
        ("base_url", "https://app.circle.so@example.com/data_api/v1"),
        ("base_url", 5),
        ("start_date", "01/02/2025"),
        ("event_types", {"post.liked": True}),
        ("event_types", [7]),
        ("lookback_window", "P1Y"),
        ("settling_period", 60),
        ("num_workers", 2.5),
    ],
)
def test_given_a_wrong_value_then_the_message_names_the_key(key, value):
    with pytest.raises(AirbyteTracedException) as caught:
        Config.of({"api_token": "secret", key: value})

    assert f'"{key}"' in caught.value.message
    assert caught.value.failure_type == FailureType.config_error
    assert "secret" not in caught.value.message.replace("a secret of", "")


@pytest.mark.parametrize("key", [None, "", "short"])
def test_given_hash_without_a_good_key_then_the_key_is_asked_for(key):
    with pytest.raises(AirbyteTracedException, match="hash_key"):
        Config.of({"api_token": "secret", "personal_data": "hash", "hash_key": key})


@pytest.mark.parametrize(
    ("config", "field", "value"),
    [
        ({}, "base_url", "https://app.circle.so/data_api/v1"),
        ({"base_url": " https://eu.circle.test/v2/ "}, "base_url", "https://eu.circle.test/v2"),
        ({"base_url": "http://localhost:8080/v1"}, "base_url", "http://localhost:8080/v1"),
        ({"base_url": "http://[::1]:8080/v1"}, "base_url", "http://[::1]:8080/v1"),
        ({"api_token": " token\n"}, "api_token", "token"),
        ({"start_date": "2025-01-01"}, "num_workers", 20),
        (
            {"lookback_window": "P1DT12H", "settling_period": "PT0S"},
            "settling_period",
            timedelta(0),
        ),
        ({"lookback_window": "P2DT3H4M5.5S"}, "lookback_window", timedelta(2, 11045.5)),
        ({"lookback_window": "P1W"}, "lookback_window", timedelta(7)),
        ({"__injected": {"a": 1}, "something": 2}, "settling_period", timedelta(minutes=1)),
        ({"num_workers": 10.0}, "num_workers", 10),
        ({"num_workers": ""}, "num_workers", 20),
        ({"event_types": "", "personal_data": "", "hash_key": ""}, "event_types", ()),
        ({"start_date": "2025-01-01"}, "start_date", datetime(2025, 1, 1, tzinfo=UTC)),
        ({"events_path": " /v2/events/ "}, "events_path", "v2/events"),
        ({}, "tracker_events_path", "analytics_tracker_events"),
        ({"event_types": ["post.liked", "post.liked"]}, "event_types", ("post.liked",)),
        ({"personal_data": "drop", "hash_key": "0123456789abcdef"}, "personal_data", "drop"),
    ],
)
def test_given_right_values_then_they_are_taken(config, field, value):
    assert getattr(Config.of({"api_token": "token"} | config), field) == value


@pytest.mark.parametrize(
    "key", ["personal_dat", "personalData", "PERSONAL-DATA", "hashkey", "hashing", "pii"]
)
def test_given_a_misspelt_setting_that_protects_people_then_nothing_is_read(key):
    with pytest.raises(AirbyteTracedException, match="Did you mean") as caught:
        Config.of({"api_token": "secret", key: "drop-secret-drop-secret"})

    assert caught.value.failure_type == FailureType.config_error
    assert "secret" not in caught.value.message


def test_given_a_hash_key_without_hash_then_nothing_is_read():
    with pytest.raises(AirbyteTracedException, match="go together"):
        Config.of({"api_token": "secret", "hash_key": "0123456789abcdef"})


def test_given_a_setting_that_does_not_exist_then_the_nearest_is_named():
    (sentence,) = unknown_settings({"api_token": "secret", "start_dat": "x", "__workspace": 1})

    assert sentence == (
        'There is no setting "start_dat", so it is ignored. Did you mean "start_date"?'
    )


def test_given_the_path_settings_then_their_defaults_are_the_streams_endpoints():
    streams = manifest.load()["streams"]
    properties = manifest.load()["spec"]["connection_specification"]["properties"]

    for parameters in (stream["$parameters"] for stream in streams):
        assert properties[parameters["path_key"]]["default"] == parameters["endpoint"]


def test_given_a_name_that_is_none_then_it_and_the_nearest_are_said():
    with pytest.raises(AirbyteTracedException, match=r'Not known: "post\.likd"') as caught:
        Config.of({"api_token": "secret", "event_types": ["spaces.joined", "post.likd"]})

    assert caught.value.message.endswith('Did you mean "post.liked"?')


def test_given_event_types_of_a_stream_that_is_not_selected_then_they_do_not_matter():
    config = {"api_token": "secret", "tracker_event_types": ["pageview"]}

    assert Config.of(config, ["events"]).tracker_event_types == ()
    with pytest.raises(AirbyteTracedException, match="tracker_event_types"):
        Config.of(config, ["tracker_events"])


def test_given_a_start_date_then_it_is_a_plain_datetime():
    date = Config.of({"api_token": "secret", "start_date": "2025-01-01T02:00:00+02:00"}).start_date

    assert type(date) is datetime
    assert date == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "unknown",
    [{"personal_data": "drop"}, {"a": {"personal_data": "drop"}}, [{"hash_key": "secret"}]],
)
def test_given_a_protecting_setting_within_another_then_nothing_is_read(unknown):
    with pytest.raises(AirbyteTracedException, match=r'no setting "extra\.') as caught:
        Config.of({"api_token": "secret", "extra": unknown})

    assert "secret" not in caught.value.message


def test_given_settings_with_spaces_or_empty_then_they_are_tidied_and_nothing_else_is():
    raw = {
        "start_date": " 2025-01-01\n",
        "event_types": " ",
        "num_workers": None,
        "__x": " ",
        "y": "",
    }

    assert tidied(raw) == {"start_date": "2025-01-01", "__x": " ", "y": ""}


def test_given_a_config_with_spaces_when_the_source_is_made_then_the_templates_see_it_tidied():
    source = SourceCircleEvents(None, {"api_token": " secret ", "settling_period": " "}, None)

    assert source._config == {"api_token": "secret"}
