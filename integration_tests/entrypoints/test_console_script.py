"""The console script, as cron, a container or PyAirbyte calls it.

- A read emits every record of two years exactly once, and nothing else.
- The state it leaves is one from which the next read emits what is new, and nothing old.
- Selected names come, and nothing else, whether or not the service filters.
- `spec` is the CDK's own, and there at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessageSerializer

from harness.connector import Connector
from harness.streams import ENDPOINTS, STREAMS, configured
from integration_tests.entrypoints.conftest import NEW_ACTIVITY, PAST
from integration_tests.entrypoints.helpers import assert_only_new, in_time
from sandbox import Options, Sandbox
from source_circle_events.source import SourceCircleEvents


@pytest.fixture(scope="module")
def large() -> Iterator[Sandbox]:
    """100,000 events, 25,000 visits, 25,000 tracker events over two years, at the documented limits."""
    with Sandbox(Options(**PAST)) as running:
        yield running


def test_every_record_once_then_only_new_ones(large: Sandbox, console: Connector) -> None:
    first = console.run("read", large.config(), catalog=configured())
    assert (first.code, first.errors) == (0, [])
    truth = {stream: large.ids(ENDPOINTS[stream]) for stream in STREAMS}
    for stream in STREAMS:
        assert sorted(first.ids[stream]) == sorted(truth[stream])
    assert sum(len(ids) for ids in first.ids.values()) == 150_000

    again = console.run("read", large.config(), catalog=configured(), state=first.states.values())
    assert (again.code, again.errors) == (0, [])
    assert again.ids == {}
    assert again.cursors.keys() == set(STREAMS)

    large.change(**NEW_ACTIVITY)
    before = datetime.now(UTC)
    new = console.run("read", large.config(), catalog=configured(), state=again.states.values())
    assert (new.code, new.errors) == (0, [])
    for stream in STREAMS:
        assert_only_new(new.ids[stream], large.ids(ENDPOINTS[stream]), truth[stream], before)


@pytest.mark.parametrize("name_filter", ["honoured", "ignored"])
def test_selected_names_and_nothing_else(
    api: Sandbox, console: Connector, name_filter: str
) -> None:
    api.change(name_filter=name_filter)
    names = {"events": ["post.liked", "spaces.joined"], "tracker_events": ["PageExit"]}
    config = {
        **api.config(),
        "event_types": names["events"],
        "tracker_event_types": names["tracker_events"],
    }
    output = console.run("read", config, catalog=configured(*names))
    assert (output.code, output.errors) == (0, [])
    for stream, wanted in names.items():
        assert sorted(output.ids[stream]) == sorted(api.ids(ENDPOINTS[stream], names=wanted))
        assert output.ids[stream]


def test_spec_is_the_cdks_own_and_at_once(console: Connector) -> None:
    output = in_time(2.5, lambda: console.run("spec"))
    assert (output.code, output.run.stderr) == (0, "")
    (line,) = AirbyteEntrypoint(SourceCircleEvents()).run(AirbyteEntrypoint.parse_args(["spec"]))
    (message,) = output.messages
    # Loaded, since the CDK also writes the defaults of fields that are not set.
    assert AirbyteMessageSerializer.load(message) == AirbyteMessageSerializer.load(json.loads(line))


def test_works_from_any_directory_whatever_lies_there(api: Sandbox, console: Connector) -> None:
    (console.folder / "manifest.yaml").write_text("version: 0.0.1\ntype: DeclarativeSource\n")
    output = console.run("discover", api.config())
    assert output.code == 0
    assert tuple(output.streams) == STREAMS
