"""Broken connections, certificates and proxies: retried, with a message that names the cause."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator

import pytest
import requests

from sandbox import Options, Sandbox
from source_circle_events.http.connection_errors import connection_error
from unit_tests.conftest import EVENTS
from unit_tests.http.conftest import ONCE, failure, request_page


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    community = {"until": "2026-01-01", "events": 50, "visits": 0, "tracker": 0}
    with Sandbox(Options().changed(community | {"token": "secret-token"})) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("reset", "was interrupted"),
        ("drop", "was interrupted"),
        ("short", "was interrupted"),
        ("hang", "did not answer in time"),
        ("trickle,pace=0.3", "did not answer in time"),
    ],
)
def test_a_broken_connection_is_named_and_retried(sandbox: Sandbox, fault: str, words: str) -> None:
    url = f"{sandbox.base_url}/events"
    sandbox.change(fault=[f"{fault},times=1"])
    started = time.monotonic()
    kind, message = failure(ONCE, url)
    assert time.monotonic() - started < 5
    assert words in message
    assert kind == "transient_error"

    sandbox.change(fault=[f"{fault},times=1"])
    assert {*request_page(url=url).ids} == sandbox.ids("events").keys()


def test_a_certificate_that_is_not_trusted_is_named() -> None:
    error = requests.exceptions.SSLError()
    error.__context__ = ssl.SSLCertVerificationError("self-signed")

    assert "is not trusted" in str(connection_error(error, EVENTS))


@pytest.mark.parametrize(
    "proxy",
    ["http://u:pw@127.0.0.1:9", "socks5://127.0.0.1:1", "ftp://u:pw@127.0.0.1:1", "http://"],
)
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    kind, message = failure(ONCE)

    assert kind == "transient_error"
    assert "HTTPS_PROXY" in message
    assert "pw" not in message


def test_plain_http_on_this_machine_uses_no_proxy(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert request_page(url=f"{sandbox.base_url}/events").ids
