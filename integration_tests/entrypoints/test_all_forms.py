"""Each form of the connector runs check, discover and two reads, the second from the state of the first.

Every record is emitted exactly once and nothing else; the second read emits only new records.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from harness.connector import Connector
from harness.protocol import Output
from harness.streams import ENDPOINTS, STREAMS, configured
from sandbox import Options, Sandbox

DAYS = 730
SETTLING = timedelta(seconds=60)
IMAGE = pytest.param("image", marks=pytest.mark.image)
EVERY_FORM = pytest.mark.parametrize("connector", ["cli", "cloud", "wheel", IMAGE], indirect=True)


@pytest.fixture
def connector(request: pytest.FixtureRequest) -> Connector:
    """Wheel and image run the same code as `cli`, but a file or a package may be missing there."""
    form: Connector = request.getfixturevalue(request.param)
    return form


@pytest.fixture
def growing() -> Iterator[Sandbox]:
    """Its history ended 40 minutes ago and grows since then, but its clock is 2,330 seconds slow. When
    the clock is set right, the rows of these minutes appear at once; all but the last minute's have
    settled. 500 rows, more than two pages, share the instant at which a window of the manifest ends.
    """
    until = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=40)
    edge = until - timedelta(days=DAYS - 9 * (DAYS // 18 + 1), microseconds=1)
    counts = {"events": 1_500, "visits": 400, "tracker": 400, "growth": 120.0, "days": float(DAYS)}
    instant = {"instant": [f"500,at={edge.isoformat()}"], "per_page_maximum": 200}
    options = {**counts, **instant, "until": until.isoformat(), "clock_offset": -2_330.0}
    with Sandbox(Options().changed(options)) as running:
        yield running


@pytest.mark.parametrize("connector", ["wheel", IMAGE], indirect=True)
def test_spec(connector):
    assert connector.run("spec").spec["connectionSpecification"]["required"] == ["api_token"]


@pytest.mark.parametrize("connector", ["cli", "cloud"], indirect=True)
def test_check_of_a_wrong_token(connector, api):
    output = connector.run("check", api.config() | {"api_token": "not-the-token"})
    assert (output.code, output.errors, output.status[0]) == (0, [], "FAILED")
    assert "401" in output.status[1]
    assert "not-the-token" not in output.status[1]


@pytest.mark.parametrize("connector", ["cloud", "wheel", IMAGE], indirect=True)
def test_discover(connector, api):
    streams = connector.run("discover", api.config()).streams
    assert tuple(streams) == STREAMS
    for stream in streams.values():
        assert stream["source_defined_primary_key"] == [["id"]]
        assert stream["default_cursor_field"] == ["created_at"]
        assert {"full_refresh", "incremental"} <= set(stream["supported_sync_modes"])
        assert stream["is_resumable"]


@EVERY_FORM
def test_reads_everything_then_only_what_is_new(connector, growing):
    """The second read is a full refresh for the visits: all of them are emitted again."""
    started = datetime.now(UTC) - timedelta(seconds=2_330)
    first = connector.run("read", growing.config(), catalog=configured())
    truth = {stream: growing.ids(ENDPOINTS[stream]) for stream in STREAMS}
    assert_read(first, {stream: {} for stream in STREAMS}, truth, started)

    growing.change(clock_offset=0.0)
    started, catalog = datetime.now(UTC), configured()
    refreshed = next(one for one in catalog["streams"] if one["stream"]["name"] == "member_visits")
    refreshed["sync_mode"] = "full_refresh"
    states = [state for name, state in first.states.items() if name != "member_visits"]
    second = connector.run("read", growing.config(), catalog=catalog, state=states)
    truth = {stream: growing.ids(ENDPOINTS[stream]) for stream in STREAMS}
    old = {**first.ids, "member_visits": []}
    assert_read(second, old, truth, started)


def assert_read(
    output: Output,
    old: Mapping[str, Collection[str]],
    truth: Mapping[str, dict[str, str]],
    started: datetime,
) -> None:
    """Every row that had settled when the read began was emitted, and no row of an earlier read. Rows
    stored since then may be missing. `truth`: stream -> id -> `created_at`."""
    assert (output.code, output.errors) == (0, [])
    settled = (started - SETTLING).isoformat()
    for stream, rows in truth.items():
        got, had = output.ids[stream], set(old[stream])
        due = {one for one, created_at in rows.items() if one not in had and created_at < settled}
        assert due, "there was nothing new to read, so this proves nothing"
        assert not had & set(got)
        assert due <= set(got) <= set(rows)
    assert output.states.keys() == set(STREAMS)
