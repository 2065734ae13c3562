"""The console script and what is around it: files, settings, the locale, the shell and signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from harness import process
from harness.connector import Connector, package
from harness.process import Kill, Reader, on_loopback
from harness.protocol import Output, parsed
from harness.streams import ENDPOINTS, configured
from integration_tests.entrypoints.conftest import logged
from sandbox import Sandbox

NO_ROOM = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")


@pytest.fixture
def read(cli: Connector, api: Sandbox) -> Callable[..., Output]:
    """A read of everything; it may fail."""
    return partial(cli.attempt, "read", api.config(), catalog=configured())


@pytest.mark.parametrize(("verb", "after"), [("read", 1), ("discover", 0)])
def test_a_closed_pipe_ends_it_silently_with_141(cli, api, verb, after):
    catalog = configured() if verb == "read" else None
    ended = cli.attempt(verb, api.config(), catalog=catalog, reader=Reader(gone_after=after))

    assert (ended.code, ended.run.stderr) == (141, "")


def test_a_non_blocking_pipe_gets_every_line(cli, api):
    """A full pipe of this kind refuses a write, or takes a part of it."""
    command = cli.arguments("read", api.config(), catalog=configured())
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    environment = on_loopback(PYTHONUNBUFFERED="1")
    with subprocess.Popen(command, stdout=writing, env=environment) as reading_all:
        os.close(writing)
        time.sleep(2)  # until it is full
        with os.fdopen(reading, "rb") as pipe:
            lines = pipe.read().split(b"\n")

    assert sum(b'"RECORD"' in line for line in lines) == 3_000
    assert reading_all.returncode == 0


@pytest.mark.parametrize(
    ("verb", "where", "why"),
    [
        pytest.param("read", "> /dev/full", "no space left on device", marks=NO_ROOM),
        ("spec", ">&-", "bad file descriptor"),
    ],
)
def test_output_that_cannot_be_written_is_reported_in_one_sentence(cli, api, verb, where, why):
    files = {"config": api.config(), "catalog": configured()} if verb == "read" else {}
    in_shell = ["sh", "-c", f'exec "$0" "$@" {where}', *cli.command]
    ended = replace(cli, command=in_shell).attempt(verb, **files)

    assert (ended.code, ended.run.stderr) == (1, f"The output cannot be written: {why}.\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_at_once_while_it_waits_for_the_service(
    api, read, tmp_path_factory, number, code
):
    api.change(latency=20.0)
    asked = api.stats()["requests"]
    temporary = tmp_path_factory.mktemp("temporary")
    ended = read(kill=Kill(1, 4.0, number), variables={"TMPDIR": str(temporary)})

    assert (ended.code, ended.run.stderr) == (code, "")
    assert api.stats()["requests"] > asked
    assert ended.run.left_after(0) < 7
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("arguments", ["", "nope", "spec --manifest-path x", "nope 2> /dev/full"])
def test_a_wrong_command_line_prints_the_usage_and_exits_with_2(cli, arguments):
    ended = replace(cli, command=["sh", "-c", f'"$0" {arguments}', *cli.command]).attempt("")

    assert (ended.code, ended.run.stdout) == (2, b"")
    assert "2>" in arguments or ended.run.stderr.startswith("usage: source-circle-events")


def test_debug_shows_path_and_status_of_requests_but_no_token(api, read):
    ended = read(debug=True)

    assert (ended.code, ended.invalid_lines, ended.run.stderr) == (0, [], "")
    asked = [line for line in logged(ended, "DEBUG") if "GET" in line]
    assert len(asked) >= 3
    assert all("/data_api/v1/" in line and ": 200" in line for line in asked)
    assert api.token not in ended.run.stdout.decode()


def read_of(
    files: Mapping[str, bytes | None], cli: Connector, api: Sandbox, **variables: str
) -> Output:
    """A read with other contents of its config, catalog or state. None: the file is missing."""
    command = cli.arguments("read", api.config(), catalog=configured(), state=[])
    for name, content in files.items():
        path = cli.folder / f"{name}.json"
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
    return parsed(process.run(command, cli.folder, on_loopback(**variables)))


def config_error(ended: Output) -> str:
    """Returns the message of the command's config_error and checks that there is no traceback."""
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

    assert read_of({}, cli, api, **locale).records == 3_000
    assert "\u2603/config.json" in config_error(read_of({"config": None}, cli, api, **locale))


def test_selected_names_and_nothing_else(api: Sandbox, cli: Connector) -> None:
    """The names are part of the request, and other rows are dropped if the service ignores them."""
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
