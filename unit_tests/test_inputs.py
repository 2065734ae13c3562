"""Files, catalogs and states are accepted as commands and platforms write them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from airbyte_cdk.models import AirbyteStateMessageSerializer, FailureType
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import inputs

Write = Callable[[str], str]
STREAM = {"name": "events", "json_schema": {}, "supported_sync_modes": ["incremental"]}
LOG = json.dumps({"type": "LOG", "log": {"level": "INFO", "message": "x"}})
# U+2028 ends a line for Python, not for the protocol.
RECORD = '{"type":"RECORD","record":{"stream":"events","data":{"a":"x\u2028y"},"emitted_at":1}}'
COMPLETE: dict[str, Any] = {"__ab_full_refresh_sync_complete": True}


def state(created_at: str, name: str = "events") -> dict[str, Any]:
    values = COMPLETE if created_at == "complete" else {"created_at": created_at}
    stream = {"stream_descriptor": {"name": name}, "stream_state": values}
    return {"type": "STREAM", "stream": stream}


def line(year: str, name: str = "events") -> str:
    text = year if year == "complete" else f"{year}-01-01T00:00:00Z"
    return json.dumps({"type": "STATE", "state": state(text, name)}, separators=(",", ":"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str) -> str:
        path = tmp_path / "file"
        path.write_text(content)
        return str(path)

    return write


def years(path: str) -> dict[str, str]:
    """The year that each stream's state names, as the CDK sees it."""
    manager = ConnectorStateManager(inputs.checked_states(inputs.state(path)))
    found = {name: manager.get_stream_state(name, None) for name in ("events", "tracker_events")}
    return {name: str(values["created_at"])[:4] for name, values in found.items() if values}


@pytest.mark.parametrize(
    "content",
    [
        line("2025"),
        json.dumps(json.loads(line("2025")), indent=2),
        json.dumps([state("2025-01-01")], indent=2),
        json.dumps([json.loads(line("2025"))]),
        json.dumps(state("2025-01-01")),
        json.dumps({"type": "STATE", "state": {"data": {"events": {"created_at": "2025-01-01"}}}}),
        '{"events": {"created_at": "2025-01-01"}}',
        "\ufeff" + "\n".join([LOG, RECORD, line("2024"), RECORD, line("2025"), LOG, ""]),
    ],
)
def test_a_state_is_accepted_as_commands_and_people_write_it(write: Write, content: str) -> None:
    assert years(write(content)) == {"events": "2025"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        " \n",
        "{}",
        "[]",
        RECORD,
        line("complete"),
        "\n".join([line("2025"), line("complete")]),
        json.dumps({"events": COMPLETE, "tracker_events": COMPLETE}),
    ],
)
def test_a_file_without_a_state_to_continue_from_is_no_state(write: Write, content: str) -> None:
    assert years(write(content)) == {}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("2024"), line("2025")[:70]], "2024"),
        ([line("2024"), line("2025")[:70] + line("2026", "tracker_events"), line("2025")], "2025"),
        ([line("2024")[:20], line("2025")], "2025"),
        ([line("2024"), "\0" * 50 + "{", line("2025")], "2025"),
        ([line("2024"), line("2025")[:70] + line("2025")], "2025"),
        ([RECORD, line("2024"), LOG[:30], line("2025"), RECORD[:40]], "2025"),
    ],
    ids=["end", "middle, appended to", "start", "zeros", "only whole one appended", "of a read"],
)
def test_an_incomplete_line_of_a_state_is_skipped_with_one_warning(
    write: Write, caplog: pytest.LogCaptureFixture, lines: list[str], expected: str
) -> None:
    with caplog.at_level(logging.WARNING):
        found = years(write("\n".join(lines)))

    assert found["events"] == expected
    assert found.get("tracker_events", "2026") == "2026"
    assert caplog.text.count("incomplete line") == 1


@pytest.mark.parametrize(
    "content",
    [
        "\n".join([LOG, json.dumps({"type": "CATALOG", "catalog": {"streams": [STREAM]}})]),
        json.dumps({"streams": [STREAM]}),
        json.dumps({"catalog": {"streams": [STREAM]}}, indent=2),
        json.dumps({"streams": [{"stream": {"name": "events"}}]}),
        json.dumps({"streams": [{"stream": STREAM, "destination_sync_mode": "overwrite_dedup"}]}),
    ],
)
def test_a_catalog_is_accepted_as_commands_write_it(write: Write, content: str) -> None:
    (stream,) = inputs.catalog(write(content)).streams

    assert (stream.stream.name, stream.sync_mode.value) == ("events", "incremental")


@pytest.mark.parametrize(
    ("read", "content"),
    [
        *((inputs.config, text) for text in ("", "[]", LOG, '{"api_token": secret}', "[" * 9_999)),
        *((inputs.catalog, text) for text in ("", '{"a": 1}', LOG, "[[1]]", "[" * 9_999)),
        (inputs.catalog, json.dumps({"streams": [STREAM, {"stream": 1}]})),
        *((inputs.state, text) for text in ("5", "[" * 99_999, "1" * 9_999, line("2025")[:70])),
        (inputs.state, '{"type": "CATALOG", "catalog": {}}'),
        (inputs.state, '{"api_token": "secret"}'),
        (inputs.state, '{"created_at": "2025-01-01"}'),
        (inputs.config, None),
    ],
)
def test_another_file_is_a_config_error_that_says_what_is_expected(
    tmp_path: Path, read: Callable[[str], object], content: str | None
) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_text(content)
    with pytest.raises(
        AirbyteTracedException, match=r"cannot be read from .* It must be"
    ) as caught:
        read(str(path))

    assert str(path) in str(caught.value.message)
    assert "secret" not in str(caught.value.message)
    assert caught.value.failure_type == FailureType.config_error


def test_the_records_of_a_read_are_not_decoded(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = Mock(wraps=json.loads)
    monkeypatch.setattr(json, "loads", loads)

    assert years(write("\n".join([RECORD] * 1_000 + [line("2025"), LOG] + [RECORD] * 1_000)))
    assert loads.call_count == 3


def stream(created_at: Any, name: str = "events", **descriptor: str) -> dict[str, Any]:
    return {
        "stream_descriptor": {"name": name, **descriptor},
        "stream_state": {"created_at": created_at},
    }


def all_streams(*streams: dict[str, Any], **shared: Any) -> dict[str, Any]:
    return {"type": "GLOBAL", "global": {**shared, "stream_states": [*streams]}}


def checked(*states: dict[str, Any]) -> Any:
    loaded = map(AirbyteStateMessageSerializer.load, states)
    manager = ConnectorStateManager(inputs.checked_states(loaded, ["events"]))
    return manager.get_stream_state("events", None).get("created_at")


@pytest.mark.parametrize(
    "states",
    [
        [{"stream": stream("2025-01-01T00:00:00Z")}],
        [{"stream": stream("2025-01-01T00:00:00Z", namespace="circle")}],
        [all_streams(stream("2025-01-01"), shared_state={"x": 1})],
        [{"type": "LEGACY", "data": {"events": {"created_at": "2025-01-01 00:00:00"}}}],
        [{"data": {"events": {"created_at": "2025-01-01T02:00:00+02:00"}}}],
        [{"stream": stream("2999-01-01")}, {"stream": stream("2025-01-01")}],
    ],
)
def test_the_cdk_continues_from_the_last_state_in_any_shape(states: list[dict[str, Any]]) -> None:
    assert checked(*states) == "2025-01-01T00:00:00.000000+0000"


@pytest.mark.parametrize(
    "one",
    [
        {"type": "LEGACY", "data": {"events": "x"}},
        {"stream": stream("x", "gone")},
        all_streams(stream("2999-01-01", "member_visits")),
    ],
)
def test_a_state_of_another_stream_does_not_matter(one: dict[str, Any]) -> None:
    assert checked(one) is None


@pytest.mark.parametrize(
    "created_at",
    [
        pytest.param(f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}", id="soon"),
        "PT1M",
        "",
        20250101,
        None,
        "9999-12-31T23:59:59-10:00",
    ],
)
@pytest.mark.parametrize("kind", [lambda one: {"stream": one}, all_streams])
def test_a_state_that_cannot_be_right_is_a_config_error(kind: Any, created_at: Any) -> None:
    with pytest.raises(AirbyteTracedException, match='"events"') as caught:
        checked(kind(stream(created_at)))

    assert caught.value.failure_type == FailureType.config_error


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["events", "members"], 'no stream "members".*events, member_visits'),
        ([], "selects no stream.*events, member_visits"),
        (["events", "member_visits", "events"], '"events" twice'),
    ],
)
def test_a_catalog_that_cannot_be_read_is_a_config_error(names: list[str], words: str) -> None:
    with pytest.raises(AirbyteTracedException, match=words) as caught:
        inputs.check_selected(names)

    assert caught.value.failure_type == FailureType.config_error
