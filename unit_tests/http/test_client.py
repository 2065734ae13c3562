"""The client, against answers a test gives and, where the wire matters, sockets on loopback.

Contracts held here: what is tried again and what ends at once, and with which sentence; waits that are
asked for are honoured; the token goes to the configured origin only and into no text; `close` ends
what is under way.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
import requests_mock
import urllib3
import yaml
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest
from source_circle_events.http.client import COMMAND, SYNC, CircleClient, Closed
from source_circle_events.http.rate_limit import RateLimiter
from source_circle_events.http.wire import wire_failure

API = "https://circle.test/data_api/v1"
EVENTS = f"{API}/events"
QUICK = replace(SYNC, delays=(0.0,) * 6, connect=2, read=0.5, whole=1.5)
PAGE = {"json": {"pagination": {}, "events": [{"id": "a"}]}}
BODY = b'{"pagination": {}, "events": [{"id": "a"}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
GOOD = HEAD % len(BODY) + BODY


@dataclass(frozen=True)
class Config:
    api_token: str = "secret-token"
    base_url: str = API
    events_path: str = "events"
    member_visits_path: str = "member_visits"
    tracker_events_path: str = "analytics_tracker_events"


@pytest.fixture
def http():
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def ask(patience=QUICK, url=EVENTS, **parameters):
    client = CircleClient(Config(base_url=url.rpartition("/")[0]), RateLimiter(), patience)
    try:
        return client.page("events", url, parameters)
    finally:
        client.close()


def failed(patience=QUICK, url=EVENTS):
    with pytest.raises(AirbyteTracedException) as caught:
        ask(patience, url)
    assert "secret-token" not in str(caught.value.message)
    return caught.value


@contextmanager
def service(*answers):
    """A listener that gives one connection after the other one of `answers`: bytes, or a function of
    the connection. After the last one: a good page. Yields the URL and the requests seen."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen, waiting, done = [], list(answers), threading.Event()

    def serve(connection):
        with connection:
            seen.append(connection.recv(65536))
            answer = waiting.pop(0) if waiting else GOOD
            if callable(answer):
                answer(connection, done)
            else:
                connection.sendall(answer)

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=[connection], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/events", seen
    done.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def trickle(connection, done):
    connection.sendall(HEAD % 1000)
    while not done.wait(0.05):
        try:
            connection.sendall(b" ")
        except OSError:
            return


def silence(connection, done):
    done.wait(30)


def reset(connection, done):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_given_a_page_then_it_is_asked_for_with_the_token_and_gzip(http):
    http.get(EVENTS, **PAGE)

    page = ask(sort="oldest", created_at_gt=None)

    assert page.ids == ["a"]
    assert http.last_request.headers["Authorization"] == "Bearer secret-token"
    assert http.last_request.headers["Accept-Encoding"] == "gzip"
    assert http.last_request.qs == {"sort": ["oldest"]}


def test_given_a_netrc_then_its_password_takes_no_place(http, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine circle.test login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    http.get(EVENTS, **PAGE)

    ask()

    assert http.last_request.headers["Authorization"] == "Bearer secret-token"


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "<html>"},
        {"json": []},
        *({"status_code": n} for n in (408, 425, 500, 502, 503, 504, 520, 599)),
    ],
)
def test_given_what_may_pass_then_it_is_asked_again(http, answer):
    http.get(EVENTS, [answer, PAGE])

    assert ask().ids == ["a"]
    assert http.call_count == 2


def test_given_no_page_for_ever_then_transient_after_seven_tries(http):
    http.get(EVENTS, text="<html>secret-token</html>")

    error = failed()

    assert "an HTML page, which is no page of the Data API" in error.message
    assert "Tried 7 times." in error.message
    assert error.failure_type == FailureType.transient_error
    assert http.call_count == 7


@pytest.mark.parametrize("status", [*range(400, 408), *range(409, 425), 426, 428, 431, 451])
def test_given_a_refusal_then_the_manifest_s_type_at_once(http, status):
    http.get(EVENTS, status_code=status)

    error = failed()

    config = status in (401, 403, 404)
    assert error.failure_type == (FailureType.config_error if config else FailureType.system_error)
    assert "{{" not in error.message
    assert http.call_count == 1


def test_given_a_redirect_then_the_token_stays(http):
    http.get(EVENTS, status_code=302, headers={"Location": "https://u:p@elsewhere.test/x?y"})

    error = failed()

    assert "redirects to https://elsewhere.test (302)" in error.message
    assert error.failure_type == FailureType.config_error
    assert http.call_count == 1


def test_given_another_origin_then_nothing_is_sent(http):
    client = CircleClient(Config(), RateLimiter(), QUICK)

    with pytest.raises(AirbyteTracedException):
        client.page("events", "https://elsewhere.test/data_api/v1/events", {})

    assert http.call_count == 0


@pytest.mark.parametrize("patience", [QUICK, COMMAND])
@pytest.mark.parametrize("status", [429, 503])
def test_given_a_wait_that_is_asked_for_then_it_is_waited(http, patience, status):
    http.get(EVENTS, [{"status_code": status, "headers": {"Retry-After": "1"}}, PAGE])
    started = time.monotonic()

    assert ask(patience).ids == ["a"]
    assert 1.0 <= time.monotonic() - started < 4


@pytest.mark.parametrize("status", [429, 503])
def test_given_a_wait_that_is_too_long_then_it_ends_at_once(http, status):
    http.get(EVENTS, status_code=status, headers={"Retry-After": "3600"})

    error = failed()

    assert error.failure_type == FailureType.transient_error
    assert http.call_count == 1


def test_given_429s_then_they_are_no_failures(http):
    http.get(EVENTS, [{"status_code": 429, "headers": {"Retry-After": "0"}}] * 3 + [PAGE])

    assert ask(replace(QUICK, delays=())).ids == ["a"]


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
        error = failed(replace(QUICK, delays=()), url)
        assert ask(url=url).ids == ["a"]

    assert words in error.message
    assert error.failure_type == FailureType.transient_error


def test_given_nobody_listens_then_the_sentence_names_the_host():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/events"

    assert "cannot be reached" in failed(url=url).message


def test_given_tls_trouble_then_only_a_bad_certificate_is_the_user_s():
    def judged(error):
        return wire_failure(
            requests.exceptions.SSLError(urllib3.exceptions.SSLError(error)), EVENTS
        )

    bad = judged(ssl.SSLCertVerificationError("self-signed"))
    assert isinstance(bad, AirbyteTracedException)
    assert bad.failure_type == FailureType.config_error
    assert "encrypted connection" in str(judged(ssl.SSLEOFError(8, "EOF in handshake")))


def test_given_plain_text_where_tls_is_expected_then_it_is_tried_again():
    with service(b"no tls\r\n", b"no tls\r\n") as (url, seen):
        error = failed(replace(QUICK, delays=(0.0,)), url.replace("http:", "https:"))

    assert error.failure_type == FailureType.transient_error
    assert len(seen) == 2


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://u:pw@127.0.0.1:1", "http://"])
def test_given_a_proxy_that_cannot_be_used_then_a_config_error_at_once(monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    error = failed(SYNC)

    assert error.failure_type == FailureType.config_error
    assert "HTTPS_PROXY" in error.message
    assert "pw" not in error.message


def test_given_a_proxy_that_wants_a_password_then_a_config_error_at_once(monkeypatch):
    with service(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as (proxy, seen):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        error = failed(SYNC)

    assert error.failure_type == FailureType.config_error
    assert "407" in error.message
    assert b"secret-token" not in b"".join(seen)


@pytest.mark.parametrize("answer", [trickle, silence])
def test_given_a_request_under_way_when_closed_then_its_thread_gets_closed_at_once(answer):
    with service(answer) as (url, seen):
        client = CircleClient(Config(base_url=url.rpartition("/")[0]), RateLimiter(), SYNC)
        caught = []

        def work():
            try:
                client.page("events", url, {})
            except Closed as error:
                caught.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        while not seen:
            time.sleep(0.01)
        client.close()
        thread.join(1.0)

        assert caught
        with pytest.raises(Closed):
            client.page("events", url, {})


def test_given_debug_then_a_line_for_each_request_without_token_or_query(http, caplog):
    http.get(EVENTS, **PAGE)
    with caplog.at_level(logging.DEBUG, "airbyte"):
        ask(sort="oldest")

    (line,) = [r.getMessage() for r in caplog.records if r.name == "airbyte.circle"]
    assert line.startswith("GET /data_api/v1/events: 200, ")
    assert "oldest" not in line
    assert "secret-token" not in line


def test_given_the_longest_silence_then_it_is_below_the_one_the_platform_kills_at():
    metadata = yaml.safe_load((Path(manifest.path()).parent / "metadata.yaml").read_text())
    handler = manifest.load()["definitions"]["error_handler"]
    waits = [each.get("max_waiting_time_in_seconds", 0) for each in handler["backoff_strategies"]]
    alone = handler["max_retries"] * (max(waits) + 60)

    assert (
        max(SYNC.in_all + SYNC.connect + SYNC.whole, alone)
        < (metadata["data"]["maxSecondsBetweenMessages"])
    )
