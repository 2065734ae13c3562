"""Each form of the connector does what a platform asks of it: check, discover, read, go on from there.

Every record of two years comes exactly once and nothing else; from the state that it leaves, the next
read brings what is new, and nothing old.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.connector import Connector
from harness.protocol import Output
from harness.streams import ENDPOINTS, STREAMS, configured
from sandbox import Options, Sandbox

SETTLING = timedelta(seconds=60)
IMAGE = pytest.param("image", marks=pytest.mark.image)


EVERY_FORM = pytest.mark.parametrize(
    "connector", ["console", "cloud", "wheel", IMAGE], indirect=True
)


@pytest.fixture(params=["console", "cloud"])
def connector(request: pytest.FixtureRequest) -> Connector:
    """Wheel and image run the same code: they are tried where a file or a package could be missing."""
    form: Connector = request.getfixturevalue(request.param)
    return form


@pytest.fixture
def growing() -> Iterator[Sandbox]:
    """Its history ended 40 minutes ago, and its clock is half an hour behind. Put right, half an hour's
    rows have come at once, all but the last minute's settled."""
    until = (datetime.now(UTC) - timedelta(minutes=40)).isoformat()
    counts = {"events": 5_000, "visits": 1_000, "tracker": 1_000}
    with Sandbox(Options().changed({**counts, "until": until, "clock_offset": -1800.0})) as running:
        yield running


def read(connector: Connector, api: Sandbox, **how: Any) -> Output:
    output = connector.run("read", api.config(), catalog=configured(), **how)
    assert (output.code, output.errors) == (0, [])
    return output


@pytest.mark.parametrize("connector", ["wheel", IMAGE], indirect=True)
def test_spec(connector):
    assert connector.run("spec").spec["connectionSpecification"]["required"] == ["api_token"]


def test_check(connector, api):
    assert connector.run("check", api.config()).status[0] == "SUCCEEDED"


def test_check_with_a_wrong_token(connector, api):
    output = connector.run("check", {**api.config(), "api_token": "not-the-token"})
    status, sentence = output.status
    assert (output.code, output.errors, status) == (0, [], "FAILED")
    assert "401" in sentence
    assert "not-the-token" not in sentence


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
    first = read(connector, growing)
    truth = {stream: growing.ids(ENDPOINTS[stream]) for stream in STREAMS}
    for stream in STREAMS:
        assert set(first.ids[stream]) == set(truth[stream])
    assert first.cursors.keys() == set(STREAMS)

    again = read(connector, growing, state=first.states.values())
    assert again.ids == {}
    assert again.cursors.keys() == set(STREAMS)

    growing.change(growth=120.0, clock_offset=0.0)
    before = datetime.now(UTC)
    new = read(connector, growing, state=again.states.values())
    for stream in STREAMS:
        assert_only_new(new.ids[stream], growing.ids(ENDPOINTS[stream]), truth[stream], before)


def assert_only_new(
    got: Sequence[str], now: Mapping[str, str], old: Mapping[str, str], started: datetime
) -> None:
    """Each row that had settled when the read began; what was stored since may be there or not; none
    that an earlier read brought. `now` and `old`: id -> `created_at`, after and before."""
    settled = (started - SETTLING).isoformat()
    due = {one for one, created_at in now.items() if one not in old and created_at < settled}
    assert due, "nothing new was there to be read, so that this proves nothing"
    assert not set(got) & set(old)
    assert due <= set(got) <= set(now)


def test_full_refresh(connector, api):
    catalog = configured("member_visits", mode="full_refresh")
    output = connector.run("read", api.config(), catalog=catalog)
    assert (output.code, output.errors) == (0, [])
    assert sorted(output.ids["member_visits"]) == sorted(api.ids("member_visits"))
