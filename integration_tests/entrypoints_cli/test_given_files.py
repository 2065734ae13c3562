"""What people hand to the command: outputs of other commands, half a config, a state of yesterday.

Whatever cannot be meant is one config_error, before any request, without a traceback or the token. What
can be meant is held by the unit tests of config, inputs and state; here it goes through the command.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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
INJECTED = "__injected_declarative_manifest"
Configure = Callable[..., None]


def test_given_what_discover_and_a_read_printed_then_a_read_goes_on_from_there(
    folder: Path,
) -> None:
    (folder / "catalog.json").write_bytes(run(DISCOVER).stdout)
    first = run(READ)
    assert [records(first, name) for name in ("events", "member_visits")] == [5_000, 100]

    (folder / "state.json").write_bytes(first.stdout)
    again = run(STATE)

    assert (again.returncode, records(again)) == (0, 0)


def test_given_a_state_of_a_stream_that_is_gone_then_it_stops_nothing(folder: Path) -> None:
    (folder / "state.json").write_text('{"events": {}, "gone": {"created_at": "2999-01-01"}}')
    ended = run(STATE)

    assert (ended.returncode, records(ended)) == (0, 5_000)


@pytest.fixture
def unasked(api: Sandbox) -> Iterator[None]:
    """Fails the test if the service was asked for anything."""
    before = api.stats()["requests"]
    yield
    assert api.stats()["requests"] == before


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("state", b'{"events": {"created_at": "2999-01-01"}}', 'state of stream "events"'),
        ("state", b"\xff\xfe\x00", "The state cannot be read from state.json: "),
        ("catalog", b'{"streams": [{"stream": {"name": "members"}}]}', "there are events, "),
        ("catalog", b"[[1]]", "The catalog cannot be read from catalog.json: "),
        ("config", b"[" * 9_999, "The config cannot be read from config.json: "),
        ("config", None, "The config cannot be read from config.json: "),
        ("config", {"num_workers": 0}, '"num_workers"'),
        ("config", {"api_token": 1}, '"api_token"'),
        ("config", {"personal_dat": "drop"}, "There is no setting"),
        ("config", {INJECTED: {"version": "6.0.0"}}, INJECTED),
    ],
)
def test_given_what_cannot_be_meant_then_it_is_named_and_nothing_is_asked(
    folder: Path, configure: Configure, file: str, content: Any, words: str
) -> None:
    path = folder / f"{file}.json"
    if isinstance(content, dict):
        configure(**content)
    elif content is None:
        path.unlink()
    else:
        path.write_bytes(content)

    failure, said = error(run(STATE if file == "state" else READ))

    assert failure == "config_error"
    assert words in said


def test_given_a_wrong_setting_when_checked_then_failed_is_an_answer(configure: Configure) -> None:
    configure(num_workers=0)
    ended = run(CHECK)

    (status,) = [m["connectionStatus"] for m in messages(ended) if "connectionStatus" in m]
    assert (ended.returncode, status["status"]) == (0, "FAILED")
    assert '"num_workers"' in status["message"]


def test_given_spaces_and_empty_settings_then_they_are_as_if_not_there(
    configure: Configure,
) -> None:
    settings = {"api_token": " sandbox-token\n", "start_date": " 2020-01-01 ", "num_workers": ""}
    settings |= {"settling_period": " PT1M ", "lookback_window": "\n", "event_types": " "}
    configure(**settings, events_path=" /events/ ", personal_data=None, tracker_event_types=[])
    for command in (CHECK, READ):
        ended = run(command)
        assert ended.returncode == 0
    assert records(ended) == 5_000


def test_given_unknown_settings_then_each_is_a_warning_in_utf8(configure: Configure) -> None:
    configure(start_dat="2026", **{"caf\u00e9": 1, "half \ud800": 1, "__platform": {"any": 1}})
    ended = run(CHECK, env={**os.environ, "PYTHONIOENCODING": "cp1252", "LC_ALL": "C"})

    logs = [message["log"] for message in messages(ended) if message["type"] == "LOG"]
    warned = [log["message"] for log in logs if log["level"] == "WARN"]
    assert len(warned) == 3
    assert 'Did you mean "start_date"?' in warned[0]
    assert "caf\u00e9" in warned[1]


@pytest.mark.parametrize("token", ["type", "wrong-token"])
def test_given_a_wrong_token_then_what_is_printed_stays_json_without_it(
    configure: Configure, token: str
) -> None:
    configure(api_token=token)
    ended = run(READ)

    assert ended.returncode == 1
    assert messages(ended)[-1]["trace"]["error"]["failure_type"] == "config_error"
    assert b"wrong-token" not in ended.stdout
