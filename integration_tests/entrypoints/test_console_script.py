"""The console script, as cron, a container or PyAirbyte calls it.

- `check` asks once a stream, takes five seconds, and its sentence says what to do: a user who connects
  for the first time must tell a wrong address from a service that is not there without a log.
- `spec` is the CDK's own, and there at once.
- Selected names come, and nothing else, whether or not the service filters.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessageSerializer

from harness.connector import Connector
from harness.protocol import Output
from harness.streams import ENDPOINTS, configured
from source_circle_events.source import SourceCircleEvents


def in_time(seconds: float, console: Connector, *command: Any) -> Output:
    """Run it, up to three times until it took less than `seconds`.

    Bars are for a machine with nothing else to do: where several processes share a core, as when
    tests run side by side, a command may take as many times longer.
    """
    for _ in range(3):
        output = console.run(*command)
        allowed = seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        if output.run.seconds < allowed:
            assert (output.code, output.errors, output.run.stderr) == (0, [], "")
            return output
    raise AssertionError(f"took {output.run.seconds:.1f} s, {allowed:.1f} s are allowed")


def test_check_asks_once_a_stream(console, api):
    asked = api.stats()["requests"]
    assert console.run("check", api.config()).status == ("SUCCEEDED", "")
    assert api.stats()["requests"] - asked == 3
    in_time(5.0, console, "check", api.config())


def test_check_of_a_wrong_address(console, api):
    config = {**api.config(), "base_url": f"{api.origin}/data_api/v9"}
    status, sentence = in_time(5.0, console, "check", config).status
    assert status == "FAILED"
    assert "404" in sentence
    assert f"{api.origin}/data_api/v9/events" in sentence
    assert "base_url" in sentence


def test_check_where_nobody_listens(console):
    with socket.socket() as reserved:  # bound and not listening: a connection is refused
        reserved.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        config = {"api_token": "token", "base_url": f"{origin}/data_api/v1"}
        status, sentence = in_time(25.0, console, "check", config).status
    assert status == "FAILED"
    assert f"{origin} cannot be reached" in sentence
    assert "base_url" in sentence


def test_spec_is_the_cdks_own_and_at_once(console):
    (message,) = in_time(2.5, console, "spec").messages
    (line,) = AirbyteEntrypoint(SourceCircleEvents()).run(AirbyteEntrypoint.parse_args(["spec"]))
    # Loaded, since the CDK also writes the defaults of fields that are not set.
    assert AirbyteMessageSerializer.load(message) == AirbyteMessageSerializer.load(json.loads(line))


@pytest.mark.parametrize("name_filter", ["honoured", "ignored"])
def test_selected_names_and_nothing_else(api, console, name_filter):
    api.change(name_filter=name_filter)
    names = {"events": ["post.liked", "spaces.joined"], "tracker_events": ["PageExit"]}
    selected = {"event_types": names["events"], "tracker_event_types": names["tracker_events"]}
    output = console.run("read", api.config() | selected, catalog=configured(*names))
    assert (output.code, output.errors) == (0, [])
    for stream, wanted in names.items():
        assert sorted(output.ids[stream]) == sorted(api.ids(ENDPOINTS[stream], names=wanted))
        assert output.ids[stream]
