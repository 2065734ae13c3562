"""What people hand to the command: outputs of other commands, half a config, a state of yesterday.

Whatever cannot be meant is one config_error, before any request, without a traceback or the token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration_tests.entrypoints_cli.conftest import (
    CHECK,
    DISCOVER,
    READ,
    error,
    messages,
    records,
    run,
)
from sandbox import Sandbox

STATE = [*READ, "--state", "state.json"]
Configure = Callable[..., None]


def of(stream: str, **state: object) -> dict[str, Any]:
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": stream}, "stream_state": state},
    }


def test_given_what_discover_and_a_read_printed_then_a_read_goes_on_from_there(
    folder: Path,
) -> None:
    (folder / "catalog.json").write_bytes(run(DISCOVER).stdout)
    first = run(READ)
    assert [records(first, name) for name in ("events", "member_visits")] == [5_000, 100]

    (folder / "state.json").write_bytes(first.stdout)
    again = run(STATE)

    assert (again.returncode, records(again)) == (0, 0)


@pytest.mark.parametrize(
    "state",
    [
        [of("gone", anything=1)],
        [{"type": "GLOBAL", "global": {"stream_states": [of("gone", created_at="x")["stream"]]}}],
        {"events": {}, "gone": {"created_at": "2999-01-01"}},
    ],
)
def test_given_a_state_of_a_stream_that_is_gone_then_it_stops_nothing(
    folder: Path, state: object
) -> None:
    (folder / "state.json").write_text(json.dumps(state))
    ended = run(STATE)

    assert (ended.returncode, records(ended)) == (0, 5_000)


@pytest.mark.parametrize(
    ("kind", "created_at"),
    [
        ("STREAM", "2999-01-01T00:00:00Z"),
        ("STREAM", 7),
        ("GLOBAL", "2999-01-01"),
        ("GLOBAL", "9999-12-31T23:59:59-10:00"),
    ],
)
def test_given_a_state_that_cannot_be_right_then_nothing_is_asked(
    api: Sandbox, folder: Path, kind: str, created_at: object
) -> None:
    state = of("events", created_at=created_at)
    if kind == "GLOBAL":
        state = {"type": "GLOBAL", "global": {"stream_states": [state["stream"]]}}
    (folder / "state.json").write_text(json.dumps({"type": "STATE", "state": state}))
    asked = api.stats()["requests"]

    failure, said = error(run(STATE))

    assert failure == "config_error"
    assert 'saved state of stream "events"' in said
    assert api.stats()["requests"] == asked


@pytest.mark.parametrize("names", [["members"], ["events", "Events"], ["events", "events"]])
def test_given_a_catalog_of_other_streams_then_nothing_is_asked(
    api: Sandbox, folder: Path, names: list[str]
) -> None:
    streams = [{"stream": {"name": name}} for name in names]
    (folder / "catalog.json").write_text(json.dumps({"streams": streams}))
    asked = api.stats()["requests"]

    failure, said = error(run(READ))

    assert failure == "config_error"
    assert "there are events, member_visits, tracker_events" in said or "twice" in said
    assert api.stats()["requests"] == asked


@pytest.mark.parametrize(
    ("name", "content"),
    [("config", None), ("config", b"[" * 9_999), ("catalog", b"[[1]]"), ("state", b"\xff\xfe\x00")],
)
def test_given_a_file_that_is_none_then_it_is_named(
    folder: Path, name: str, content: bytes | None
) -> None:
    file = folder / f"{name}.json"
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_bytes(content)

    failure, said = error(run(STATE if name == "state" else READ))

    assert failure == "config_error"
    assert f"The {name} cannot be read from {name}.json: " in said


def test_given_spaces_and_empty_settings_then_they_are_as_if_not_there(
    configure: Configure,
) -> None:
    settings = {"api_token": " sandbox-token\n", "start_date": " 2020-01-01 ", "num_workers": ""}
    settings |= {"settling_period": " PT1M ", "lookback_window": "\n", "event_types": " "}
    configure(**settings, events_path=" /events/ ", personal_data=None)
    for command in (CHECK, READ):
        ended = run(command)
        assert ended.returncode == 0
    assert records(ended) == 5_000


@pytest.mark.parametrize(
    "unknown", [{"personal_dat": "drop"}, {"privacy": {"personal_data": "drop"}}]
)
def test_given_a_misspelt_setting_that_protects_people_then_nothing_is_asked(
    api: Sandbox, configure: Configure, unknown: dict[str, object]
) -> None:
    configure(**unknown)
    asked = api.stats()["requests"]

    failure, said = error(run(READ))

    assert failure == "config_error"
    assert "There is no setting" in said
    assert api.stats()["requests"] == asked


def test_given_unknown_settings_then_each_is_a_warning_in_utf8(configure: Configure) -> None:
    configure(start_dat="2026", **{"caf\u00e9": 1, "half \ud800": 1, "__platform": 1})
    ended = run(CHECK, env={**os.environ, "PYTHONIOENCODING": "cp1252", "LC_ALL": "C"})

    logs = [message["log"] for message in messages(ended) if message["type"] == "LOG"]
    warned = [log["message"] for log in logs if log["level"] == "WARN"]
    assert len(warned) == 3
    assert 'Did you mean "start_date"?' in warned[0]
    assert "caf\u00e9" in warned[1]


def test_given_another_manifest_in_the_config_then_it_is_refused(configure: Configure) -> None:
    key = "__injected_declarative_manifest"
    configure(**{key: {"version": "6.0.0"}})

    failure, said = error(run(CHECK))

    assert failure == "config_error"
    assert key in said


@pytest.mark.parametrize("token", [1, "type", "wrong-token"])
def test_given_a_token_of_any_kind_then_what_is_printed_stays_json_without_it(
    configure: Configure, token: object
) -> None:
    configure(api_token=token)
    ended = run(READ)

    assert ended.returncode == 1
    assert messages(ended)[-1]["trace"]["error"]["failure_type"] == "config_error"
    assert b"wrong-token" not in ended.stdout
