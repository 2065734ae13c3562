"""A wrong setting is named, with a right value, and never shows the token."""

from __future__ import annotations

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.config import Settings


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
    ],
)
def test_given_a_wrong_value_then_the_message_names_the_key(key, value):
    with pytest.raises(AirbyteTracedException) as caught:
        Settings.of({"api_token": "secret", key: value})

    assert f'"{key}"' in caught.value.message
    assert caught.value.failure_type == FailureType.config_error
    assert "secret" not in caught.value.message.replace("a secret of", "")


@pytest.mark.parametrize("key", [None, "", "short"])
def test_given_hash_without_a_good_key_then_the_key_is_asked_for(key):
    with pytest.raises(AirbyteTracedException, match="hash_key"):
        Settings.of({"api_token": "secret", "personal_data": "hash", "hash_key": key})


@pytest.mark.parametrize(
    ("config", "field", "value"),
    [
        ({}, "base_url", "https://app.circle.so/data_api/v1"),
        ({"base_url": " https://eu.circle.test/v2/ "}, "base_url", "https://eu.circle.test/v2"),
        ({"base_url": "http://localhost:8080/v1"}, "base_url", "http://localhost:8080/v1"),
        ({"base_url": "http://[::1]:8080/v1"}, "base_url", "http://[::1]:8080/v1"),
        ({"api_token": " token\n"}, "api_token", "token"),
        ({"start_date": "2025-01-01"}, "num_workers", 20),
        ({"lookback_window": "P1DT12H", "settling_period": "PT0S"}, "settling_period", "PT0S"),
        ({"__injected": {"a": 1}, "something": 2}, "mode", "read"),
    ],
)
def test_given_right_values_then_they_are_taken(config, field, value):
    assert getattr(Settings.of({"api_token": "token"} | config), field) == value
