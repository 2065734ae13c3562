"""Which answers are a page, which are retried, which end the sync, and with which message."""

from __future__ import annotations

import logging
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET, create_server, socket
from typing import Any

import pytest
import requests
import requests_mock
import urllib3
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.config import Config
from source_circle_events.http.client import CircleClient
from source_circle_events.http.connection_errors import connection_error
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import ClientClosedError, RateLimiter
from source_circle_events.http.retry import COMMAND, SYNC
from unit_tests.conftest import EVENTS, page

QUICK = replace(SYNC, first_wait=0.0, connect=2, read=0.5, answer=1.0)
ONCE = replace(QUICK, tries=1)
BODY = b'{"pagination": {}, "events": [{"id": "a"}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
Answer = bytes | Callable[[socket, threading.Event], None]
Mock = requests_mock.Mocker
PAGE = page({"id": "a"})
WEB_PAGE: dict[str, Any] = {"text": "\n<!DOCTYPE html><title>Just a moment...</title>"}
CHALLENGE: dict[str, Any] = {"headers": {"cf-mitigated": "challenge"}}
CONFIG_ERRORS = {401: "API token", 403: "Plus Platform", 404: '"events_path"'}


def client(
    url: str = EVENTS, policy: Any = QUICK, limiter: RateLimiter | None = None
) -> CircleClient:
    config = Config.of({"api_token": "secret-token", "base_url": url.rpartition("/")[0]})
    return CircleClient(config, limiter or RateLimiter(), policy)


def ask(policy: Any = QUICK, url: str = EVENTS, **parameters: Any) -> Page:
    asking = client(url, policy)
    try:
        return asking.page("events", url, parameters)
    finally:
        asking.close()


def failed(policy: Any = QUICK, url: str = EVENTS) -> tuple[str, str]:
    """Failure type and message of a page that cannot be read."""
    with pytest.raises(AirbyteTracedException) as caught:
        ask(policy, url)
    assert "secret-token" not in str(caught.value.message)
    return caught.value.failure_type.value, str(caught.value.message)


@contextmanager
def service(*answers: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """Gives one of `answers` to each connection: bytes, or a function of the connection. After the
    last one: a good page. Yields the URL and the requests seen."""
    seen: list[bytes] = []
    waiting, done = list(answers), threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            seen.append(self.request.recv(65536))
            answer = waiting.pop(0) if waiting else HEAD % len(BODY) + BODY
            if callable(answer):
                answer(self.request, done)
            else:
                self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/events", seen
        done.set()
        server.shutdown()


def silence(connection: socket, done: threading.Event) -> None:
    done.wait(30)


def drip(connection: socket, done: threading.Event) -> None:
    connection.sendall(HEAD % 1000)
    while not done.wait(0.05):
        try:
            connection.sendall(b" ")
        except OSError:
            return


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_a_request_carries_the_token_whatever_a_netrc_file_holds(
    http: Mock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine circle.test login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    http.get(EVENTS, **PAGE)

    assert ask(sort="oldest", created_at_gt=None).ids == ["a"]
    assert http.last_request is not None
    assert http.last_request.headers["Authorization"] == "Bearer secret-token"
    assert http.last_request.headers["Accept-Encoding"] == "gzip"
    assert http.last_request.qs == {"sort": ["oldest"]}


@pytest.mark.parametrize(
    "answer",
    [
        WEB_PAGE,
        {"json": []},
        {"status_code": 302, "headers": {"Location": "https://login.test/"}},
        *({"status_code": status} for status in (408, 421, 425, 500, 502, 503, 504, 520, 599)),
        {"exc": requests.exceptions.ChunkedEncodingError},
    ],
)
def test_a_failure_that_may_pass_is_retried_and_then_transient(http: Mock, answer: Any) -> None:
    http.get(EVENTS, [answer, PAGE])
    assert ask().ids == ["a"]
    assert http.call_count == 2

    http.get(EVENTS, **answer)
    kind, message = failed()
    assert kind == "transient_error"
    assert "Tried 7 times." in message
    assert http.call_count == 9


@pytest.mark.parametrize(
    "answer",
    [
        WEB_PAGE | {"status_code": 403},
        *(CHALLENGE | {"status_code": status} for status in (401, 403, 404, 429, 503)),
        PAGE | CHALLENGE,
    ],
)
def test_a_firewall_is_retried_and_then_named(http: Mock, answer: Any) -> None:
    http.get(EVENTS, [answer, PAGE])
    assert ask().ids == ["a"]

    http.get(EVENTS, **answer)
    kind, message = failed()
    assert kind == "transient_error"
    assert "Usually a firewall in front of Circle blocked" in message
    assert "Tried 7 times." in message


@pytest.mark.parametrize("status", [*range(400, 408), *range(409, 421), 422, 423, 424, 426, 451])
def test_a_refusal_ends_the_sync_at_once_with_the_manifest_s_message(
    http: Mock, status: int
) -> None:
    http.get(EVENTS, status_code=status, headers={"Server": "cloudflare"})

    kind, message = failed()

    assert kind == ("config_error" if status in CONFIG_ERRORS else "system_error")
    assert CONFIG_ERRORS.get(status, "") in message
    assert "{{" not in message
    assert http.call_count == 1


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (WEB_PAGE | {"status_code": 404}, "config_error", '"events_path"'),
        (
            {"status_code": 301, "headers": {"Location": "https://u:p@elsewhere.test/x?y"}},
            "config_error",
            "redirects to https://elsewhere.test (301)",
        ),
        ({"status_code": 304}, "system_error", "304"),
        (page(next_page="/events/page/2"), "system_error", "no query"),
        (
            {"text": f'{{"pagination": {{}}, "events": [{{"x": {"[" * 3000}{"]" * 3000}}}]}}'},
            "system_error",
            "nested",
        ),
    ],
    ids=["404 as a web page", "moved", "304", "a link without a query", "deep"],
)
def test_what_no_retry_can_cure_ends_the_sync_at_once(
    http: Mock, answer: Any, kind: str, words: str
) -> None:
    http.get(EVENTS, **answer)

    failure, message = failed()

    assert failure == kind
    assert words in message
    assert http.call_count == 1


def test_a_page_that_is_not_one_is_named_without_its_content(http: Mock) -> None:
    http.get(EVENTS, text="<html>secret-token</html>")

    assert f"{EVENTS} answered with a web page" in failed()[1]


def test_a_request_to_another_host_is_not_sent(http: Mock) -> None:
    with pytest.raises(Exception, match='not in "base_url"'):
        client().page("events", "https://elsewhere.test/data_api/v1/events", {})

    assert http.call_count == 0


def date_in(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("policy", [QUICK, COMMAND])
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "0.4"}, 0.4),
        # A date counts from the service's clock, which is years behind this machine's.
        (
            {
                "Date": "Sat, 21 Nov 2020 12:00:00 GMT",
                "Retry-After": "Sat, 21 Nov 2020 12:00:01 GMT",
            },
            1.0,
        ),
        ({"Retry-After": date_in(-100)}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
    ],
    ids=["seconds", "date", "past", "negative"],
)
def test_a_requested_wait_is_kept(
    http: Mock, policy: Any, status: int, headers: dict[str, str], seconds: float
) -> None:
    http.get(EVENTS, [{"status_code": status, "headers": headers}, PAGE])
    started = time.monotonic()

    assert ask(replace(policy, tries=2, first_wait=0.0)).ids == ["a"]
    assert seconds <= time.monotonic() - started < seconds + 5


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", ["3600", date_in(3600)], ids=["seconds", "date"])
def test_a_requested_wait_that_is_too_long_ends_the_sync_at_once(
    http: Mock, status: int, wait: str
) -> None:
    http.get(EVENTS, status_code=status, headers={"Retry-After": wait})

    assert failed()[0] == "transient_error"
    assert http.call_count == 1


@pytest.mark.parametrize("wait", ["", "soon", "nan", "inf", "Fri, 31 Dec 9999 23:59:59 -0500"])
def test_without_a_readable_wait_all_pause_for_the_rest_of_the_minute(
    http: Mock, caplog: pytest.LogCaptureFixture, wait: str
) -> None:
    http.get(EVENTS, [{"status_code": 429, "headers": {"Retry-After": wait}}, PAGE])

    with caplog.at_level(logging.INFO, "airbyte"):
        assert ask(replace(QUICK, total=1.0)).ids == ["a"]
    assert "the rest of the minute" in caplog.text


def test_429s_count_neither_as_tries_nor_as_accepted_requests(http: Mock) -> None:
    http.get(EVENTS, [{"status_code": 429, "headers": {"Retry-After": "0"}}] * 3 + [PAGE])
    limiter = RateLimiter()

    assert client(EVENTS, ONCE, limiter).page("events", EVENTS, {}).ids == ["a"]
    assert limiter.used == 1


def reset(connection: socket, done: threading.Event) -> None:
    connection.setsockopt(SOL_SOCKET, SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()  # with a reset instead of an end of file


def stall(connection: socket, done: threading.Event) -> None:
    connection.sendall(HEAD % 1000 + b"{")
    done.wait(30)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reset, "broke off"),
        (b"", "broke off"),
        (HEAD % 1000 + b"{", "broke off"),
        (silence, "did not answer in time"),
        (stall, "did not answer in time"),
        (drip, "did not answer in time"),
    ],
)
def test_a_broken_connection_is_retried_and_named(answer: Answer, words: str) -> None:
    with service(answer) as (url, _):
        kind, message = failed(ONCE, url)
        assert ask(url=url).ids == ["a"]

    assert words in message
    assert kind == "transient_error"


def test_a_host_that_cannot_be_reached_is_named() -> None:
    with create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/events"

    assert "cannot be reached" in failed(url=url)[1]


def test_no_tls_where_it_is_expected_is_retried() -> None:
    with service(b"no tls\r\n", b"no tls\r\n") as (url, seen):
        failure, _ = failed(replace(QUICK, tries=2), url.replace("http:", "https:"))

    assert failure == "transient_error"
    assert len(seen) == 2


def test_a_certificate_that_is_not_trusted_is_named() -> None:
    inner = urllib3.exceptions.SSLError("failed")
    inner.__context__ = ssl.SSLCertVerificationError("self-signed")
    error = requests.exceptions.SSLError(inner)
    error.__context__ = inner

    assert "is not trusted" in str(connection_error(error, EVENTS))


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://u:pw@127.0.0.1:1", "http://", ""])
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    with service(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as (refusing, seen):
        monkeypatch.setenv("HTTPS_PROXY", proxy or refusing)
        kind, message = failed(ONCE)

    assert kind == "transient_error"
    assert "HTTPS_PROXY" in message
    assert "pw" not in message
    assert b"secret-token" not in b"".join(seen)


def test_plain_http_on_this_machine_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with service() as (proxy, by_proxy), service() as (url, seen):
        for name in ("HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)

        assert ask(url=url).ids == ["a"]

    assert len(seen) == 1
    assert not by_proxy


@pytest.mark.parametrize("waiting", ["between two tries", "in a pause"])
def test_closing_the_client_ends_all_waiting(http: Mock, waiting: str) -> None:
    pause: dict[str, Any] = {"status_code": 429, "headers": {"Retry-After": "60"}}
    http.get(EVENTS, **(pause if waiting == "in a pause" else {"status_code": 500}))
    asking = client(policy=replace(SYNC, first_wait=30.0))
    caught: list[Exception] = []

    def work() -> None:
        try:
            asking.page("events", EVENTS, {})
        except ClientClosedError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not http.call_count:
        time.sleep(0.01)
    asking.close()
    thread.join(5.0)

    assert caught
    with pytest.raises(ClientClosedError):
        asking.page("events", EVENTS, {})
    assert http.call_count == 1


def test_an_endless_body_does_not_fill_the_memory(
    http: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source_circle_events.http.client._LARGEST", 1 << 20)
    http.get(EVENTS, text=" " * (2 << 20))

    assert "more than 1 MB" in failed(ONCE)[1]
