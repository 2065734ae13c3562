"""Discover: a column for each top-level field; always a catalog, never a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteCatalog, AirbyteStream, FailureType, SyncMode
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.schemas.discovery import learned_catalog
from source_circle_events.schemas.schema_files import STREAMS, resolved


def discovered(**rows: list[bytes] | Exception) -> dict[str, dict[str, Any]]:
    """The properties of each stream, given what its newest records are."""

    def newest_rows(stream: str) -> list[bytes]:
        came = rows.get(stream, [])
        if isinstance(came, Exception):
            raise came
        return came

    modes = [SyncMode.incremental]
    catalog = AirbyteCatalog([AirbyteStream(name, resolved(name), modes) for name in STREAMS])
    streams = learned_catalog(catalog, newest_rows).streams
    return {stream.name: stream.json_schema["properties"] for stream in streams}


DOCUMENTED = {stream: resolved(stream)["properties"] for stream in STREAMS}


def test_each_new_field_is_a_text_column_behind_the_documented_ones() -> None:
    rows = [
        json.dumps({name: value}).encode()
        for value in (1, "a", None, 1.5, {"a": 1}, [2**70], True)
        for name in ("zebra", "ant", "seen_at", "id", "created_at", "payload")
    ]
    found = discovered(events=rows)
    text = {"type": ["null", "string"]}
    assert list(found["events"]) == [*DOCUMENTED["events"], "ant", "seen_at", "zebra"]
    assert found["events"] == DOCUMENTED["events"] | dict.fromkeys(
        ("ant", "seen_at", "zebra"), text
    )
    assert found["member_visits"] == DOCUMENTED["member_visits"]
    assert found == discovered(events=rows[::-1])


REFUSED = AirbyteTracedException(
    message="Circle refused the API token (401).", failure_type=FailureType.config_error
)


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (REFUSED, "Circle refused the API token (401)."),
        (ConnectionError("https://host/?token=s3cret"), "ConnectionError"),
        ([b"s3cret rubbish"], "DecodeError"),
    ],
)
def test_a_stream_that_cannot_be_read_keeps_its_schema_and_a_warning_says_so(
    came: list[bytes] | Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = discovered(events=came, member_visits=[b'{"new": 1}'])
    assert found["events"] == DOCUMENTED["events"]
    assert "new" in found["member_visits"]
    (warning,) = caplog.messages
    assert '"events"' in warning
    assert said in warning
    assert "s3cret" not in caplog.text
