"""The Connector Builder: what its backend makes of `manifest.yaml` as it lies in the repository.

The backend is the CDK's manifest server, without `AIRBYTE_ENABLE_UNSAFE_CODE`, as in Airbyte Cloud: it
runs no code but the CDK's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from harness.streams import ENDPOINTS, MANIFEST, STREAMS
from sandbox import Sandbox

Ask = Callable[..., Any]


@pytest.fixture
def ask(service: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """`ask("discover")`: the backend's answer for the manifest and a config that is right."""
    from airbyte_cdk.manifest_server.app import app  # which also brings what traces imports

    monkeypatch.delenv("AIRBYTE_ENABLE_UNSAFE_CODE", raising=False)

    def ask(what: str, **body: object) -> Any:
        given = {"manifest": MANIFEST, "config": service.config(), **body}
        answer = TestClient(app).post(f"/v1/manifest/{what}", json=given)
        assert answer.is_success, answer.text
        return answer.json()

    return ask


def test_resolves(ask):
    resolved = ask("full_resolve")["manifest"]
    assert [stream["name"] for stream in resolved["streams"]] == list(STREAMS)
    assert "$ref" not in str(resolved["streams"])
    assert "class_name" not in str(resolved)


@pytest.mark.parametrize("stream", STREAMS)
def test_reads_each_stream(ask, service, stream):
    answer = ask("test_read", stream_name=stream, record_limit=5_000)
    pages = [page for part in answer["slices"] for page in part["pages"]]
    got = [record["id"] for page in pages for record in page["records"]]
    assert not [log for log in answer["logs"] if log["level"] in ("ERROR", "FATAL")]
    assert 0 < len(got) == len(set(got))
    assert set(got) <= set(service.ids(ENDPOINTS[stream]))
    assert all(page["response"]["status"] == 200 for page in pages)
    assert answer["inferred_schema"]["properties"]["id"]
