"""The Connector Builder: what its backend makes of `manifest.yaml` as it lies in the repository.

The backend is the CDK's manifest server, started without `AIRBYTE_ENABLE_UNSAFE_CODE`, as in Airbyte
Cloud: it runs no code but the CDK's own.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from harness.connector import BIN
from harness.process import on_loopback
from harness.streams import ENDPOINTS, MANIFEST, STREAMS
from sandbox import Sandbox

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(service: Sandbox) -> Iterator[Ask]:
    """`ask("discover")`: the backend's answer for the manifest and a config that is right."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    session = requests.Session()
    session.trust_env = False  # no proxy
    until_it_listens = Retry(connect=60, backoff_factor=0.1, backoff_max=1.0)
    session.mount("http://", HTTPAdapter(max_retries=until_it_listens))

    def ask(what: str, **body: object) -> Any:
        given = {"manifest": MANIFEST, "config": service.config(), **body}
        url = f"http://127.0.0.1:{port}/v1/manifest/{what}"
        answer = session.post(url, json=given, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    environment = on_loopback()
    environment.pop("AIRBYTE_ENABLE_UNSAFE_CODE", None)
    command: list[str | Path] = [BIN / "manifest-server", "start", "--port", port]
    with subprocess.Popen(command, env=environment) as process:
        yield ask
        process.terminate()


@pytest.mark.parametrize("how", ["resolve", "full_resolve"])
def test_resolves(ask, how):
    resolved = ask(how)["manifest"]
    assert [stream["name"] for stream in resolved["streams"]] == list(STREAMS)
    assert "$ref" not in str(resolved["streams"])
    assert "class_name" not in str(resolved)


def test_check_and_discover(ask, service):
    assert ask("check")["success"] is True
    refused = ask("check", config={**service.config(), "api_token": "wrong"})
    assert refused["success"] is False
    assert "401" in refused["message"]
    streams = ask("discover")["catalog"]["streams"]
    assert [stream["name"] for stream in streams] == list(STREAMS)


@pytest.mark.parametrize("stream", STREAMS)
def test_reads_each_stream(ask, service, stream):
    answer = ask("test_read", stream_name=stream, record_limit=5000)
    pages = [page for part in answer["slices"] for page in part["pages"]]
    got = [record["id"] for page in pages for record in page["records"]]
    assert not [log for log in answer["logs"] if log["level"] in ("ERROR", "FATAL")]
    assert 0 < len(got) == len(set(got))
    assert set(got) <= set(service.ids(ENDPOINTS[stream]))
    assert all(page["response"]["status"] == 200 for page in pages)
    assert answer["inferred_schema"]["properties"]["id"]
