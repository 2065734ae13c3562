"""Airbyte Cloud's runtime: `source-declarative-manifest`, our manifest injected into the config.

The file as it lies in the repository, with no Python of ours near it: check, discover, a full read
and incremental ones, held to the same records as the package.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.connector import Connector, manifest_alone
from harness.streams import ENDPOINTS, STREAMS, configured
from integration_tests.entrypoints.conftest import NEW_ACTIVITY
from integration_tests.entrypoints.helpers import assert_only_new
from sandbox import Sandbox


@pytest.fixture
def cloud(tmp_path: Path) -> Connector:
    return manifest_alone(tmp_path)


def test_check(api: Sandbox, cloud: Connector) -> None:
    assert cloud.run("check", api.config()).status[0] == "SUCCEEDED"


def test_check_with_a_wrong_token(api: Sandbox, cloud: Connector) -> None:
    status, sentence = cloud.run("check", {**api.config(), "api_token": "wrong"}).status
    assert status == "FAILED"
    assert "401" in sentence


def test_discover(api: Sandbox, cloud: Connector) -> None:
    streams = cloud.run("discover", api.config()).streams
    assert tuple(streams) == STREAMS
    for stream in streams.values():
        assert stream["source_defined_primary_key"] == [["id"]]
        assert stream["default_cursor_field"] == ["created_at"]
        assert {"full_refresh", "incremental"} <= set(stream["supported_sync_modes"])
        assert stream["is_resumable"]


def test_reads_everything_then_only_what_is_new(growing: Sandbox, cloud: Connector) -> None:
    first = cloud.run("read", growing.config(), catalog=configured())
    assert (first.code, first.errors) == (0, [])
    truth = {stream: growing.ids(ENDPOINTS[stream]) for stream in STREAMS}
    for stream in STREAMS:
        assert sorted(first.ids[stream]) == sorted(truth[stream])
    assert first.cursors.keys() == set(STREAMS)

    growing.change(**NEW_ACTIVITY)
    before = datetime.now(UTC)
    new = cloud.run("read", growing.config(), catalog=configured(), state=first.states.values())
    assert (new.code, new.errors) == (0, [])
    for stream in STREAMS:
        assert_only_new(new.ids[stream], growing.ids(ENDPOINTS[stream]), truth[stream], before)


def test_full_refresh(api: Sandbox, cloud: Connector) -> None:
    catalog = configured("member_visits", mode="full_refresh")
    output = cloud.run("read", api.config(), catalog=catalog)
    assert (output.code, output.errors) == (0, [])
    assert sorted(output.ids["member_visits"]) == sorted(api.ids("member_visits"))
