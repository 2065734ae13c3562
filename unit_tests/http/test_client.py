"""What is sent, how a requested wait is kept, and how requests end."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from requests_mock import Mocker

from source_circle_events.http.rate_limit import ClientClosedError
from source_circle_events.http.retries_and_timeouts import SYNC
from unit_tests.conftest import EVENTS
from unit_tests.http.conftest import ONCE, PAGE, QUICK, failure, new_client, request_page


def test_a_request_has_the_token_whatever_a_netrc_file_contains(
    http: Mocker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine circle.test login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    http.get(EVENTS, **PAGE)

    assert request_page(sort="oldest", created_at_gt=None).ids == ["a"]
    assert http.last_request is not None
    assert http.last_request.headers["Authorization"] == "Bearer secret-token"
    assert http.last_request.headers["Accept-Encoding"] == "gzip"
    assert http.last_request.qs == {"sort": ["oldest"]}


def test_a_request_to_another_host_is_not_sent(http: Mocker) -> None:
    with pytest.raises(Exception, match="host is not the one in"):
        new_client().page("events", "https://elsewhere.test/data_api/v1/events", {})

    assert http.call_count == 0


def test_the_server_time_is_not_later_than_the_request(http: Mocker) -> None:
    """The response takes 0.2 s and its `Date` is from its end. Records that became visible meanwhile are
    not on the page, so a state must not cover them."""
    date = datetime(2026, 11, 21, 12, 0, 9, tzinfo=UTC)

    def respond(request: Any, context: Any) -> Any:
        time.sleep(0.2)
        context.headers["Date"] = format_datetime(date, usegmt=True)
        return PAGE["json"]

    http.get(EVENTS, json=respond)

    server_time = request_page().server_time
    assert server_time is not None
    assert date - timedelta(seconds=5) < server_time <= date - timedelta(seconds=0.2)


@pytest.mark.parametrize("status", [429, 503])
def test_a_requested_wait_is_kept(http: Mocker, status: int) -> None:
    http.get(EVENTS, [{"status_code": status, "headers": {"Retry-After": "0.4"}}, PAGE])
    started = time.monotonic()

    assert request_page(replace(QUICK, tries=2)).ids == ["a"]
    assert 0.4 <= time.monotonic() - started < 5


@pytest.mark.parametrize("status", [429, 503])
def test_a_requested_wait_that_is_too_long_ends_the_sync_at_once(http: Mocker, status: int) -> None:
    http.get(EVENTS, status_code=status, headers={"Retry-After": "3600"})

    assert failure()[0] == "transient_error"
    assert http.call_count == 1


def test_without_a_valid_wait_all_workers_pause_for_the_rest_of_the_minute(
    http: Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    http.get(EVENTS, [{"status_code": 429, "headers": {"Retry-After": "soon"}}, PAGE])

    with caplog.at_level(logging.INFO, "airbyte"):
        assert request_page(replace(QUICK, total=1.0)).ids == ["a"]
    assert "the rest of the minute" in caplog.text


def test_429s_count_neither_as_tries_nor_as_accepted_requests(http: Mocker) -> None:
    http.get(EVENTS, [{"status_code": 429, "headers": {"Retry-After": "0"}}] * 3 + [PAGE])
    client = new_client(ONCE)

    assert client.page("events", EVENTS, {}).ids == ["a"]
    assert client.limiter.used == 1


@pytest.mark.parametrize(
    "response",
    [{"status_code": 500}, {"status_code": 429, "headers": {"Retry-After": "60"}}],
    ids=["between two tries", "in a pause"],
)
def test_closing_the_client_ends_all_waiting(http: Mocker, response: dict[str, Any]) -> None:
    http.get(EVENTS, **response)
    client = new_client(replace(SYNC, first_wait=30.0))
    caught: list[Exception] = []

    def work() -> None:
        try:
            client.page("events", EVENTS, {})
        except ClientClosedError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not http.call_count:
        time.sleep(0.01)
    client.close()
    thread.join(5.0)

    assert caught
    with pytest.raises(ClientClosedError):
        client.page("events", EVENTS, {})
    assert http.call_count == 1


def test_an_endless_body_does_not_fill_the_memory(
    http: Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source_circle_events.http.client._LARGEST", 1 << 20)
    http.get(EVENTS, text=" " * (2 << 20))

    assert "more than 1 MB" in failure(ONCE)[1]
