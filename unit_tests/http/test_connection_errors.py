"""What went wrong below HTTP is told as what it is, and tried again unless the user must act."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace

import pytest
import requests
import urllib3
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.http.connection_errors import connection_error
from source_circle_events.http.retry_policy import SYNC
from unit_tests.conftest import EVENTS
from unit_tests.http.asking import HEAD, QUICK, ask, failed, service, silence, trickle


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def reset(connection, done):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()  # with a reset, and not with an end of file


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reset, "closed the connection before it answered"),
        (b"", "closed the connection before it answered"),
        (silence, "did not answer in time"),
        (HEAD % 1000 + b"{", "broke off in the middle"),
        (trickle, "did not answer in time"),
        (lambda c, d: (c.sendall(HEAD % 1000 + b"{"), d.wait(5)), "did not answer in time"),
    ],
)
def test_given_trouble_on_the_wire_then_it_is_told_as_what_it_is_and_tried_again(answer, words):
    with service(answer) as (url, _):
        error = failed(replace(QUICK, tries=1), url)
        assert ask(url=url).ids == ["a"]

    assert words in error.message
    assert error.failure_type == FailureType.transient_error


def test_given_nobody_listens_then_the_sentence_names_the_host():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/events"

    assert "cannot be reached" in failed(url=url).message


def test_given_tls_trouble_then_only_a_bad_certificate_is_the_user_s():
    def judged(error):
        return connection_error(
            requests.exceptions.SSLError(urllib3.exceptions.SSLError(error)), EVENTS
        )

    bad = judged(ssl.SSLCertVerificationError("self-signed"))
    assert isinstance(bad, AirbyteTracedException)
    assert bad.failure_type == FailureType.config_error
    assert "encrypted connection" in str(judged(ssl.SSLEOFError(8, "EOF in handshake")))


def test_given_plain_text_where_tls_is_expected_then_it_is_tried_again():
    with service(b"no tls\r\n", b"no tls\r\n") as (url, seen):
        error = failed(replace(QUICK, tries=2), url.replace("http:", "https:"))

    assert error.failure_type == FailureType.transient_error
    assert len(seen) == 2


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://u:pw@127.0.0.1:1", "http://"])
def test_given_a_proxy_that_cannot_be_used_then_a_config_error_at_once(monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    error = failed(SYNC)

    assert error.failure_type == FailureType.config_error
    assert "HTTPS_PROXY" in error.message
    assert "pw" not in error.message


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (b"407 Proxy Authentication Required", FailureType.config_error, "a password (407)"),
        (b"502 Bad Gateway", FailureType.transient_error, "did not let the request through"),
    ],
)
def test_given_a_proxy_that_refuses_then_only_a_password_is_the_user_s(
    monkeypatch, status, kind, words
):
    with service(b"HTTP/1.1 %b\r\n\r\n" % status) as (proxy, seen):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        error = failed(replace(SYNC, tries=1), base_timestamp=1740700000)  # no 407 of the proxy's

    assert error.failure_type == kind
    assert words in error.message
    assert b"secret-token" not in b"".join(seen)


def test_given_plain_http_on_this_machine_then_no_proxy_sees_the_token(monkeypatch):
    with service() as (proxy, by_proxy), service() as (url, seen):
        for name in ("HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

        assert ask(url=url).ids == ["a"]

    assert len(seen) == 1
    assert not by_proxy
