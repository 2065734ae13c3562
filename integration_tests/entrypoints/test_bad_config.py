"""A value that cannot be right is a config_error that names the key, before any request is made."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from harness.connector import Connector
from harness.streams import ROOT, configured
from integration_tests.entrypoints import many_reads
from sandbox import Sandbox

BAD: list[tuple[str, object]] = [
    ("api_token", ""),
    ("api_token", None),
    ("api_token", "two words"),
    ("api_token", 12),
    ("api_token", "tok\u00e9n"),
    ("base_url", "app.circle.so/data_api/v1"),
    ("base_url", "http://app.circle.so/data_api/v1"),
    ("base_url", "http://127.0.0.1.example.com/data_api/v1"),
    ("base_url", "https://app.circle.so@example.com/data_api/v1"),
    ("base_url", "ftp://127.0.0.1/data_api/v1"),
    ("base_url", "https://app.circle.so/data_api/v1?page=2"),
    ("base_url", "https://app.circle.so:port/"),
    ("base_url", 5),
    ("start_date", "yesterday"),
    ("start_date", "2025-13-01"),
    ("start_date", "01/02/2025"),
    ("start_date", 20250101),
    ("start_date", "0001-01-01"),
    ("event_types", ["post.likd"]),
    ("event_types", "post.liked"),
    ("event_types", {"post.liked": True}),
    ("event_types", [7]),
    ("event_types", [["post.liked"]]),
    ("tracker_event_types", ["PageView", "pageexit"]),
    ("lookback_window", "1 day"),
    ("lookback_window", "P"),
    ("lookback_window", "-P1D"),
    ("lookback_window", "P1Y"),
    ("lookback_window", "P99999999D"),
    ("settling_period", "PT"),
    ("settling_period", 60),
    ("settling_period", "P99999999D"),
    ("num_workers", 0),
    ("num_workers", 41),
    ("num_workers", "ten"),
    ("num_workers", True),
    ("num_workers", 2.5),
]


@pytest.fixture(scope="module")
def ends(service: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """How a read with each of `BAD` ended: kind of failure and message."""
    folder = tmp_path_factory.mktemp("many")
    cases, catalog = (folder / name for name in ("cases", "catalog"))
    cases.write_text(json.dumps([{**service.config(), key: value} for key, value in BAD]))
    catalog.write_text(json.dumps(configured()))
    command = [sys.executable, many_reads.__file__, cases, catalog]
    asked = service.stats()["requests"]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert service.stats()["requests"] == asked
    reads = run.stdout.split("\nend\n")[:-1]
    assert len(reads) == len(BAD)
    return [_end(read) for read in reads]


def _end(read: str) -> tuple[str, str]:
    """Failure type and message of the TRACE ERROR among the lines of a read."""
    messages = map(json.loads, read.splitlines())
    (error,) = [m["trace"]["error"] for m in messages if m["type"] == "TRACE"]
    return error["failure_type"], error["message"]


@pytest.mark.parametrize("number", range(len(BAD)), ids=[f"{k}={v!r}" for k, v in BAD])
def test_read_names_the_key(ends: list[tuple[str, str]], number: int) -> None:
    kind, message = ends[number]
    assert kind == "config_error"
    assert f'"{BAD[number][0]}"' in message


def test_in_a_process_of_its_own(api: Sandbox, console: Connector) -> None:
    config = {**api.config(), "num_workers": 0}
    asked = api.stats()["requests"]

    check = console.run("check", config)
    status, sentence = check.status
    assert (check.code, status) == (0, "FAILED")
    assert '"num_workers"' in sentence

    read = console.run("read", config, catalog=configured())
    (error,) = read.errors
    assert read.code == 1
    assert error["failure_type"] == "config_error"
    assert '"num_workers"' in error["message"]
    assert not read.of("RECORD")

    assert api.stats()["requests"] == asked


def test_keys_of_the_platform_and_empty_values_are_tolerated(
    api: Sandbox, console: Connector
) -> None:
    config = {
        **api.config(),
        "__injected_by_the_platform": {"any": "thing"},
        "unknown": 1,
        "start_date": None,
        "event_types": [],
        "tracker_event_types": None,
        "lookback_window": "",
        "settling_period": None,
        "num_workers": None,
    }
    output = console.run("check", config)
    assert output.status == ("SUCCEEDED", "")
