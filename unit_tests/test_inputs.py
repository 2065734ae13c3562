"""Files, catalogs and states are accepted in every form that commands and platforms write."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import inputs

Write = Callable[[str], str]
STREAM = {"name": "events", "json_schema": {}, "supported_sync_modes": ["incremental"]}
LOG = json.dumps({"type": "LOG", "log": {"level": "INFO", "message": "x"}})
# U+2028 is a line break for Python, but not in the protocol.
RECORD = '{"type":"RECORD","record":{"stream":"events","data":{"a":"x\u2028y"},"emitted_at":1}}'
COMPLETE: dict[str, Any] = {"__ab_full_refresh_sync_complete": True}


def state(created_at: Any, name: str = "events", **descriptor: str) -> dict[str, Any]:
    values = COMPLETE if created_at == "complete" else {"created_at": created_at}
    return {"stream_descriptor": {"name": name, **descriptor}, "stream_state": values}


def line(created_at: Any, name: str = "events", **descriptor: str) -> str:
    one = {"type": "STREAM", "stream": state(created_at, name, **descriptor)}
    return json.dumps({"type": "STATE", "state": one}, separators=(",", ":"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str) -> str:
        path = tmp_path / "file"
        path.write_text(content)
        return str(path)

    return write


def states(path: str, *selected: str) -> dict[str, str]:
    """The `created_at` of each stream as the CDK sees it."""
    manager = ConnectorStateManager(inputs.checked_states(inputs.state(path), selected or None))
    found = {name: manager.get_stream_state(name, None) for name in ("events", "tracker_events")}
    return {name: str(values["created_at"]) for name, values in found.items() if values}


@pytest.mark.parametrize(
    "content",
    [
        line("2025-01-01T00:00:00Z"),
        line("2025-01-01", namespace="circle"),
        json.dumps(json.loads(line("2025-01-01T02:00:00+02:00")), indent=2),
        json.dumps([{"type": "STREAM", "stream": state("2025-01-01")}], indent=2),
        json.dumps([json.loads(line("2025-01-01 00:00:00"))]),
        json.dumps({"stream": state("2025-01-01")}),
        line("2999-01-01", "member_visits") + "\n" + line("2025-01-01"),
        "\ufeff"
        + "\n".join([LOG, RECORD, line("2999-01-01"), RECORD, line("2025-01-01"), LOG, ""]),
    ],
)
def test_forms_of_a_state(write: Write, content: str) -> None:
    found = states(write(content), "events")

    assert found == {"events": "2025-01-01T00:00:00.000000+0000"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        RECORD,
        line("complete"),
        "\n".join([line("2025-01-01"), line("complete")]),
        line("2025-01-01", "gone"),
    ],
)
def test_a_file_without_a_state_to_continue_from_means_no_state(write: Write, content: str) -> None:
    assert states(write(content)) == {}


OLD, NEW = line("2024-01-01"), line("2025-01-01")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([OLD, NEW[:70]], "2024"),
        ([OLD, NEW[:70] + LOG, NEW], "2025"),
        ([OLD[:20], NEW], "2025"),
        ([OLD, "\0" * 50 + "{", NEW], "2025"),
        ([RECORD, OLD, LOG[:30], NEW, RECORD[:40]], "2025"),
    ],
    ids=["end", "middle, appended to", "start", "zeros", "of a read"],
)
def test_an_incomplete_line_of_a_state_is_skipped_with_one_warning(
    write: Write, caplog: pytest.LogCaptureFixture, lines: list[str], expected: str
) -> None:
    with caplog.at_level(logging.WARNING):
        found = states(write("\n".join(lines)))

    assert found["events"][:4] == expected
    assert caplog.text.count("incomplete line") == 1


SOON = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        *((line(at), '"events"') for at in (SOON, "PT1M", "", 20250101, None)),
        (line("9999-12-31T23:59:59-10:00"), '"events"'),
        ('{"type": "GLOBAL", "global": {"stream_states": []}}', "must be the output of a read"),
        ('{"type": "LEGACY", "data": {"events": {}}}', "must be the output of a read"),
        ('{"events": {"created_at": "2025-01-01"}}', "must be the output of a read"),
    ],
)
def test_an_impossible_state_is_a_config_error(write: Write, content: str, words: str) -> None:
    with pytest.raises(AirbyteTracedException, match=words) as caught:
        states(write(content))

    assert caught.value.failure_type == FailureType.config_error


@pytest.mark.parametrize(
    "content",
    [
        "\n".join([LOG, json.dumps({"type": "CATALOG", "catalog": {"streams": [STREAM]}})]),
        json.dumps({"catalog": {"streams": [STREAM]}}, indent=2),
        json.dumps({"streams": [{"stream": {"name": "events"}}]}),
        json.dumps({"streams": [{"stream": STREAM, "destination_sync_mode": "overwrite_dedup"}]}),
    ],
)
def test_forms_of_a_catalog(write: Write, content: str) -> None:
    (stream,) = inputs.catalog(write(content)).streams

    assert (stream.stream.name, stream.sync_mode.value) == ("events", "incremental")


@pytest.mark.parametrize(
    ("read", "content"),
    [
        *((inputs.config, text) for text in ("", "[]", '{"api_token": secret}')),
        *((inputs.catalog, text) for text in ("", '{"a": 1}', LOG, "[[1]]")),
        (inputs.catalog, json.dumps({"streams": [STREAM, {"stream": 1}]})),
        *((inputs.state, text) for text in ("5", NEW[:70], '{"type": "CATALOG", "catalog": {}}')),
        (inputs.state, '{"api_token": "secret"} {'),
    ],
)
def test_any_other_file_is_a_config_error_that_says_what_is_expected(
    write: Write, read: Callable[[str], object], content: str
) -> None:
    path = write(content)
    with pytest.raises(AirbyteTracedException, match=r"cannot be read from .* It must") as caught:
        read(path)

    assert path in str(caught.value.message)
    assert "secret" not in str(caught.value.message)
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
