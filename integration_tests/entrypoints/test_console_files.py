"""What people hand to the console script: what a command printed, half a config, a state of yesterday.

Whatever cannot be meant is one config_error, before any request, without a traceback or the token. What
can be meant is held by the unit tests of config, inputs and state; here it goes through the command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from harness import process
from harness.connector import Connector, package
from harness.protocol import Output, parsed
from harness.streams import configured
from integration_tests.entrypoints.conftest import in_shell, logged
from sandbox import Sandbox

INJECTED = "__injected_declarative_manifest"


def read_of(
    files: Mapping[str, bytes | None], console: Connector, api: Sandbox, **variables: str
) -> Output:
    """A read with these contents in place of its config, catalog or state; None: no such file."""
    command = console.arguments("read", api.config(), catalog=configured(), state=[])
    for name, content in files.items():
        path = console.folder / f"{name}.json"
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
    return parsed(process.run(command, console.folder, process.on_loopback(**variables)))


def told(ended: Output) -> tuple[str, str]:
    """Kind and message of the error that a command ended with, without a traceback anywhere."""
    assert (ended.code, ended.rubbish, ended.run.stderr) == (1, [], "")
    assert "Traceback" not in str(ended.logs)
    (error,) = ended.errors
    return error["failure_type"], error["message"]


def test_given_what_discover_and_a_read_printed_then_a_read_goes_on_from_there(console, api):
    catalog = console.run("discover", api.config()).run.stdout
    first = read_of({"catalog": catalog}, console, api)
    assert first.records == 7_000

    again = read_of({"catalog": catalog, "state": first.run.stdout}, console, api)
    assert (again.code, again.records) == (0, 0)


def test_given_a_state_of_a_stream_that_is_gone_then_it_stops_nothing(console, api):
    state = b'{"events": {}, "gone": {"created_at": "2999-01-01"}}'
    ended = read_of({"state": state}, console, api)

    assert (ended.code, ended.records) == (0, 7_000)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("state", b'{"events": {"created_at": "2999-01-01"}}', 'state of stream "events"'),
        ("state", b"\xff\xfe\x00", "The state cannot be read from "),
        ("catalog", b'{"streams": [{"stream": {"name": "members"}}]}', "there are events, "),
        ("catalog", b"[[1]]", "The catalog cannot be read from "),
        ("config", b"[" * 9_999, "The config cannot be read from "),
        ("config", None, "The config cannot be read from "),
        ("config", {"num_workers": 0}, '"num_workers"'),
        ("config", {"api_token": 1}, '"api_token"'),
        ("config", {"personal_dat": "drop"}, "There is no setting"),
        ("config", {INJECTED: {"version": "6.0.0"}}, INJECTED),
    ],
)
def test_given_what_cannot_be_meant_then_it_is_named_and_nothing_is_asked(
    console, api, file, content, words
):
    if isinstance(content, dict):
        content = json.dumps(api.config() | content).encode()
    asked = api.stats()["requests"]
    failure, said = told(read_of({file: content}, console, api))

    assert failure == "config_error"
    assert words in said
    assert api.stats()["requests"] == asked


def test_given_another_manifest_then_it_is_refused(console, api):
    other = in_shell(console, '"$@" --manifest-path other.yaml')
    failure, said = told(other.attempt("check", api.config()))

    assert failure == "config_error"
    assert "--manifest-path" in said


def test_given_a_wrong_setting_when_checked_then_failed_is_an_answer(console, api):
    ended = console.run("check", api.config() | {"num_workers": 0})
    status, sentence = ended.status

    assert (ended.code, status) == (0, "FAILED")
    assert '"num_workers"' in sentence


@pytest.mark.parametrize(
    "locale", [{"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}]
)
def test_given_another_locale_then_every_line_is_utf8_all_the_same(tmp_path, api, locale):
    """Records, warnings of unknown settings, and the sentence that names a file."""
    console = package(tmp_path / "\u2603")
    config = {"start_dat": "2026", "caf\u00e9": 1, "half \ud800": 1, "__platform": {"any": 1}}
    read = console.run("read", api.config() | config, catalog=configured(), variables=locale)
    warned = logged(read, "WARN")

    assert (read.code, read.records) == (0, 7_000)
    assert len(warned) == 3
    assert 'Did you mean "start_date"?' in warned[0]
    assert "caf\u00e9" in warned[1]

    _, said = told(read_of({"config": None}, console, api, **locale))
    assert "\u2603/config.json" in said


@pytest.mark.parametrize("token", ["type", "wrong-token"])
def test_given_a_wrong_token_then_what_is_printed_stays_json_without_it(console, api, token):
    ended = console.run("read", api.config() | {"api_token": token}, catalog=configured())

    assert ended.code == 1
    assert ended.messages[-1]["trace"]["error"]["failure_type"] == "config_error"
    assert b"wrong-token" not in ended.run.stdout
