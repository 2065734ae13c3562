"""The files and settings of a command, through the console script: its own output as input, errors
before any request. All shapes are in the unit tests of config and inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from harness import process
from harness.connector import Connector, package
from harness.protocol import Output, parsed
from harness.streams import ENDPOINTS, configured
from sandbox import Sandbox


def read_of(
    files: Mapping[str, bytes | None], cli: Connector, api: Sandbox, **variables: str
) -> Output:
    """A read with these contents in place of its config, catalog or state; None: no such file."""
    command = cli.arguments("read", api.config(), catalog=configured(), state=[])
    for name, content in files.items():
        path = cli.folder / f"{name}.json"
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
    return parsed(process.run(command, cli.folder, process.on_loopback(**variables)))


def config_error(ended: Output) -> str:
    """The message of the config_error that ended a command, without a traceback anywhere."""
    assert (ended.code, ended.invalid_lines, ended.run.stderr) == (1, [], "")
    assert "Traceback" not in str(ended.logs)
    (error,) = ended.errors
    assert error["failure_type"] == "config_error"
    return str(error["message"])


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("state", b'{"type":"STATE","state":{"ty', "The state cannot be read from "),
        ("catalog", b'{"streams": [{"stream": {"name": "members"}}]}', "streams are events, "),
        ("config", {"personal_dat": "drop"}, 'Did you mean "personal_data"?'),
    ],
)
def test_a_wrong_file_is_a_config_error_before_any_request(
    cli: Connector, api: Sandbox, file: str, content: Any, words: str
) -> None:
    if isinstance(content, dict):
        content = json.dumps(api.config() | content).encode()
    asked = api.stats()["requests"]

    assert words in config_error(read_of({file: content}, cli, api))
    assert api.stats()["requests"] == asked


def test_every_line_is_utf8_in_any_locale(tmp_path: Path, api: Sandbox) -> None:
    cli, locale = package(tmp_path / "\u2603"), {"PYTHONIOENCODING": "cp1252", "LC_ALL": "C"}

    assert read_of({}, cli, api, **locale).records == 7_000
    assert "\u2603/config.json" in config_error(read_of({"config": None}, cli, api, **locale))


def test_selected_names_and_nothing_else(api: Sandbox, cli: Connector) -> None:
    """They are asked for, and other rows are dropped if the service does not heed it."""
    api.change(name_filter="ignored")
    before = api.stats()["requests"]
    names = {"events": ["post.liked", "spaces.joined"], "tracker_events": ["PageExit"]}
    selected: dict[str, Any] = {
        "event_types": names["events"],
        "tracker_event_types": names["tracker_events"],
    }
    output = cli.run("read", api.config() | selected, catalog=configured(*names))
    assert (output.code, output.errors) == (0, [])
    for stream, wanted in names.items():
        assert sorted(output.ids[stream]) == sorted(api.ids(ENDPOINTS[stream], names=wanted))
        assert output.ids[stream]
    asked = [parse_qs(one["query"]) for one in api.requests(before) if "/events" in one["path"]]
    assert {tuple(query["events[]"]) for query in asked} == {tuple(names["events"])}
