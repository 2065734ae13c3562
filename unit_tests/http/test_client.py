"""Which answers are a page, which are retried, which end the sync, and with which message."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import requests_mock
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sandbox import Options, Sandbox
from source_circle_events.config import Config
from source_circle_events.http.client import CircleClient
from source_circle_events.http.connection_errors import connection_error
from source_circle_events.http.page import Page
from source_circle_events.http.rate_limit import ClientClosedError
from source_circle_events.http.response_headers import retry_after
from source_circle_events.http.retries_and_timeouts import SYNC
from unit_tests.conftest import EVENTS, page

QUICK = replace(SYNC, first_wait=0.0, connect=2, read=0.5, answer=1.0)
ONCE = replace(QUICK, tries=1)
Mock = requests_mock.Mocker
PAGE = page({"id": "a"})
WEB_PAGE: dict[str, Any] = {"text": "\n<!DOCTYPE html><title>Just a secret-token...</title>"}
CHALLENGE: dict[str, Any] = {"headers": {"cf-mitigated": "challenge"}}
FIREWALL = "Usually a firewall in front of Circle blocked"
DAY = "Sat, 21 Nov 2020"


def client(url: str = EVENTS, policy: Any = QUICK) -> CircleClient:
    config = Config.of({"api_token": "secret-token", "base_url": url.rpartition("/")[0]})
    return CircleClient(config, policy)


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


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(
        Options(
            until="2026-01-01", events=50, visits=0, tracker=0, rate_limit=0, token="secret-token"
        )
    ) as api:
        yield api


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
    ("answer", "words"),
    [
        (WEB_PAGE, f"{EVENTS} answered with a web page"),
        ({"json": []}, "not a page of the Data API"),
        ({"status_code": 302, "headers": {"Location": "https://login.test/"}}, "login.test"),
        *(({"status_code": status}, f"{status}") for status in (408, 421, 425, 500, 503, 520, 599)),
        ({"exc": requests.exceptions.ChunkedEncodingError}, "was interrupted"),
        (WEB_PAGE | {"status_code": 403}, FIREWALL),
        *((CHALLENGE | {"status_code": status}, FIREWALL) for status in (401, 403, 429, 503)),
        (PAGE | CHALLENGE, FIREWALL),
    ],
)
def test_a_failure_that_may_pass_is_retried_and_then_transient(
    http: Mock, answer: Any, words: str
) -> None:
    http.get(EVENTS, [answer, PAGE])
    assert ask().ids == ["a"]
    assert http.call_count == 2

    http.get(EVENTS, **answer)
    kind, message = failed()
    assert kind == "transient_error"
    assert words in message
    assert "Tried 7 times." in message
    assert http.call_count == 9


MOVED = {"status_code": 301, "headers": {"Location": "https://u:p@elsewhere.test/x?y"}}


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"status_code": 401}, "config_error", "API token"),
        ({"status_code": 403}, "config_error", "Plus Platform"),
        (WEB_PAGE | {"status_code": 404}, "config_error", '"events_path"'),
        (MOVED, "config_error", "redirects to https://elsewhere.test (301)"),
        *(
            ({"status_code": status}, "system_error", str(status))
            for status in (304, 400, 410, 422)
        ),
        (page(next_page="/events/page/2"), "system_error", "no query"),
    ],
)
def test_what_no_retry_can_cure_ends_the_sync_at_once(
    http: Mock, answer: Any, kind: str, words: str
) -> None:
    http.get(EVENTS, **{"headers": {"Server": "cloudflare"}} | answer)

    failure, message = failed()

    assert failure == kind
    assert words in message
    assert "{{" not in message
    assert http.call_count == 1


def test_a_request_to_another_host_is_not_sent(http: Mock) -> None:
    with pytest.raises(Exception, match="host is not the one in"):
        client().page("events", "https://elsewhere.test/data_api/v1/events", {})

    assert http.call_count == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "0.4"}, 0.4),
        # A date counts from the service's clock, which is years behind this machine's.
        ({"Date": f"{DAY} 12:00:00 GMT", "Retry-After": f"{DAY} 12:00:09 GMT"}, 9.0),
        ({"Retry-After": f"{DAY} 12:00:00 GMT"}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
        *(({"Retry-After": text}, None) for text in ("", "soon", "nan", "inf")),
        ({}, None),
    ],
)
def test_a_requested_wait_is_a_number_or_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_a_requested_wait_is_kept(http: Mock, status: int) -> None:
    http.get(EVENTS, [{"status_code": status, "headers": {"Retry-After": "0.4"}}, PAGE])
    started = time.monotonic()

    assert ask(replace(QUICK, tries=2)).ids == ["a"]
    assert 0.4 <= time.monotonic() - started < 5


@pytest.mark.parametrize("status", [429, 503])
def test_a_requested_wait_that_is_too_long_ends_the_sync_at_once(http: Mock, status: int) -> None:
    http.get(EVENTS, status_code=status, headers={"Retry-After": "3600"})

    assert failed()[0] == "transient_error"
    assert http.call_count == 1


def test_without_a_readable_wait_all_pause_for_the_rest_of_the_minute(
    http: Mock, caplog: pytest.LogCaptureFixture
) -> None:
    http.get(EVENTS, [{"status_code": 429, "headers": {"Retry-After": "soon"}}, PAGE])

    with caplog.at_level(logging.INFO, "airbyte"):
        assert ask(replace(QUICK, total=1.0)).ids == ["a"]
    assert "the rest of the minute" in caplog.text


def test_429s_count_neither_as_tries_nor_as_accepted_requests(http: Mock) -> None:
    http.get(EVENTS, [{"status_code": 429, "headers": {"Retry-After": "0"}}] * 3 + [PAGE])
    asking = client(EVENTS, ONCE)

    assert asking.page("events", EVENTS, {}).ids == ["a"]
    assert asking.limiter.used == 1


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
def test_a_broken_connection_is_retried_and_named(sandbox: Sandbox, fault: str, words: str) -> None:
    url = f"{sandbox.base_url}/events"
    sandbox.change(fault=[f"{fault},times=1"])
    started = time.monotonic()
    kind, message = failed(ONCE, url)
    assert time.monotonic() - started < 5
    assert words in message
    assert kind == "transient_error"

    sandbox.change(fault=[f"{fault},times=1"])
    assert {*ask(url=url).ids} == sandbox.ids("events").keys()


def test_a_certificate_that_is_not_trusted_is_named() -> None:
    error = requests.exceptions.SSLError()
    error.__context__ = ssl.SSLCertVerificationError("self-signed")

    assert "is not trusted" in str(connection_error(error, EVENTS))


@pytest.mark.parametrize(
    "proxy",
    ["http://u:pw@127.0.0.1:9", "socks5://127.0.0.1:1", "ftp://u:pw@127.0.0.1:1", "http://"],
)
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    kind, message = failed(ONCE)

    assert kind == "transient_error"
    assert "HTTPS_PROXY" in message
    assert "pw" not in message


def test_plain_http_on_this_machine_goes_through_no_proxy(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert ask(url=f"{sandbox.base_url}/events").ids


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
