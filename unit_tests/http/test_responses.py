"""Which responses are retried, which end the sync, and with which message."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from requests_mock import Mocker

from unit_tests.conftest import EVENTS, page
from unit_tests.http.conftest import PAGE, failure, request_page

WEB_PAGE: dict[str, Any] = {"text": "\n<!DOCTYPE html><title>Just a secret-token...</title>"}
CHALLENGE: dict[str, Any] = {"headers": {"cf-mitigated": "challenge"}}
FIREWALL = "Usually a firewall in front of Circle blocked"
MOVED = {"status_code": 301, "headers": {"Location": "https://u:p@elsewhere.test/x?y"}}


@pytest.mark.parametrize(
    ("response", "words"),
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
def test_a_temporary_failure_is_retried_and_then_a_transient_error(
    http: Mocker, response: Any, words: str
) -> None:
    http.get(EVENTS, [response, PAGE])
    assert request_page().ids == ["a"]
    assert http.call_count == 2

    http.get(EVENTS, **response)
    kind, message = failure()
    assert kind == "transient_error"
    assert words in message
    assert "Tried 7 times." in message
    assert http.call_count == 9


@pytest.mark.parametrize(
    ("response", "expected", "words"),
    [
        ({"status_code": 401}, "config_error", "API token"),
        ({"status_code": 403}, "config_error", "Plus Platform"),
        (WEB_PAGE | {"status_code": 404}, "config_error", '"events_path"'),
        (MOVED, "config_error", "redirects to https://elsewhere.test (301)"),
        *(({"status_code": code}, "system_error", str(code)) for code in (304, 400, 410, 422)),
        (page(next_page="/events/page/2"), "system_error", "link to the next page"),
    ],
)
def test_a_permanent_failure_ends_the_sync_at_once(
    http: Mocker, response: Any, expected: str, words: str
) -> None:
    http.get(EVENTS, **{"headers": {"Server": "cloudflare"}} | response)

    kind, message = failure()

    assert kind == expected
    assert words in message
    assert "{{" not in message
    assert http.call_count == 1
