"""The client, against answers a test gives.

Contracts held here: what is tried again and what ends at once, and with which sentence; waits that are
asked for are honoured; the token goes to the configured origin only and into no text; `close` ends
what is under way.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.http.rate_limit import Closed
from source_circle_events.http.retry_policy import COMMAND, SYNC
from unit_tests.conftest import EVENTS, page
from unit_tests.http.asking import QUICK, ask, client, failed, service, silence, trickle

PAGE = page({"id": "a"})


def test_given_a_page_then_it_is_asked_for_with_the_token_whatever_a_netrc_holds(
    http, monkeypatch, tmp_path
):
    (tmp_path / "netrc").write_text("machine circle.test login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    http.get(EVENTS, **PAGE)

    assert ask(sort="oldest", created_at_gt=None).ids == ["a"]
    assert http.last_request.headers["Authorization"] == "Bearer secret-token"
    assert http.last_request.headers["Accept-Encoding"] == "gzip"
    assert http.last_request.qs == {"sort": ["oldest"]}


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


def test_given_a_refused_token_then_every_stream_is_told_and_none_asks_again(http):
    http.get(EVENTS, status_code=401)
    asking = client()

    for stream in ("events", "member_visits"):
        with pytest.raises(AirbyteTracedException, match="refused the API token"):
            asking.page(stream, EVENTS, {})
    assert http.call_count == 1


def test_given_another_origin_then_nothing_is_sent(http):
    with pytest.raises(AirbyteTracedException):
        client().page("events", "https://elsewhere.test/data_api/v1/events", {})

    assert http.call_count == 0


@pytest.mark.parametrize("policy", [QUICK, COMMAND])
@pytest.mark.parametrize("status", [429, 503])
def test_given_a_wait_that_is_asked_for_then_it_is_waited(http, policy, status):
    http.get(EVENTS, [{"status_code": status, "headers": {"Retry-After": "0.4"}}, PAGE])
    policy = replace(policy, tries=2, first_wait=0.0)
    started = time.monotonic()

    assert ask(policy).ids == ["a"]
    assert 0.4 <= time.monotonic() - started < 10


@pytest.mark.parametrize("status", [429, 503])
def test_given_a_wait_that_is_too_long_then_it_ends_at_once(http, status):
    http.get(EVENTS, status_code=status, headers={"Retry-After": "3600"})

    error = failed()

    assert error.failure_type == FailureType.transient_error
    assert http.call_count == 1


def test_given_429s_then_they_are_no_failures(http):
    http.get(EVENTS, [{"status_code": 429, "headers": {"Retry-After": "0"}}] * 3 + [PAGE])

    assert ask(replace(QUICK, tries=1)).ids == ["a"]


@pytest.mark.parametrize(
    "answer", [trickle, silence, b""], ids=["in a body", "before an answer", "between two tries"]
)
def test_given_a_closed_client_then_who_waits_gets_closed_at_once(answer):
    with service(answer) as (url, seen):
        asking = client(url, replace(SYNC, first_wait=30.0))
        caught = []

        def work():
            try:
                asking.page("events", url, {})
            except Closed as error:
                caught.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        while not seen:
            time.sleep(0.01)
        time.sleep(0.2)
        asking.close()
        thread.join(5.0)  # SYNC itself would wait half a minute and more

        assert caught
        with pytest.raises(Closed):
            asking.page("events", url, {})


def test_given_debug_then_a_line_for_each_request_without_token_or_query(http, caplog):
    http.get(EVENTS, **PAGE)
    with caplog.at_level(logging.DEBUG, "airbyte"):
        ask(sort="oldest")

    (line,) = [r.getMessage() for r in caplog.records if r.name == "airbyte.circle"]
    assert line.startswith("GET /data_api/v1/events: 200, ")
    assert "oldest" not in line
    assert "secret-token" not in line


def test_given_a_body_without_an_end_then_it_is_refused_before_it_fills_the_memory(
    http, monkeypatch
):
    monkeypatch.setattr("source_circle_events.http.client._LARGEST", 1 << 20)
    http.get(EVENTS, text=" " * ((1 << 20) + 1))

    error = failed()

    assert error.failure_type == FailureType.system_error
    assert "more than 1 MB, which is no page of the Data API" in error.message
    assert http.call_count == 1
