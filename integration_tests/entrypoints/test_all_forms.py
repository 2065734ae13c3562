"""Each form of the connector does what a platform asks of it: check, discover, read, go on from there.

Every record comes exactly once and nothing else; from the state that a read leaves, the next one brings
what is new, and nothing old.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from harness.connector import Connector
from harness.protocol import Output
from harness.streams import ENDPOINTS, STREAMS, configured
from sandbox import Options, Sandbox

SETTLING = timedelta(seconds=60)
IMAGE = pytest.param("image", marks=pytest.mark.image)
EVERY_FORM = pytest.mark.parametrize("connector", ["cli", "cloud", "wheel", IMAGE], indirect=True)


@pytest.fixture
def connector(request: pytest.FixtureRequest) -> Connector:
    """Wheel and image run the same code: they are tried where a file or package may be missing."""
    form: Connector = request.getfixturevalue(request.param)
    return form


@pytest.fixture
def growing() -> Iterator[Sandbox]:
    """Its history ended 40 minutes ago and grows since, but its clock says that it was just now. Put
    right, 40 minutes' rows have come at once, all but the last minute's settled."""
    until = datetime.now(UTC) - timedelta(minutes=40)
    counts = {"events": 5_000, "visits": 1_000, "tracker": 1_000, "growth": 120.0}
    options = {**counts, "until": until.isoformat(), "clock_offset": -2_330.0}
    with Sandbox(Options().changed(options)) as running:
        yield running


@pytest.mark.parametrize("connector", ["wheel", IMAGE], indirect=True)
def test_spec(connector):
    assert connector.run("spec").spec["connectionSpecification"]["required"] == ["api_token"]


@pytest.mark.parametrize("connector", ["cli", "cloud"], indirect=True)
@pytest.mark.parametrize(("token", "status"), [("", "SUCCEEDED"), ("not-the-token", "FAILED")])
def test_check(connector, api, token, status):
    output = connector.run("check", api.config() | ({"api_token": token} if token else {}))
    assert (output.code, output.errors, output.status[0]) == (0, [], status)
    assert ("401" in output.status[1]) == (status == "FAILED")
    assert "not-the-token" not in output.status[1]


@EVERY_FORM
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
    """The second read is a full refresh for the visits: all of them come again."""
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
    """Each row that had settled when the read began; what was stored since may be there or not; none
    that an earlier read brought. `truth`: stream -> id -> `created_at`."""
    assert (output.code, output.errors) == (0, [])
    settled = (started - SETTLING).isoformat()
    for stream, rows in truth.items():
        got, had = output.ids[stream], set(old[stream])
        due = {one for one, created_at in rows.items() if one not in had and created_at < settled}
        assert due, "nothing new was there to be read, so that this proves nothing"
        assert not had & set(got)
        assert due <= set(got) <= set(rows)
    assert output.states.keys() == set(STREAMS)
