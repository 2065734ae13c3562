"""Following links: only their query is used, and a circle of links ends with an error.

`unit_tests/simulation` tests keys, the order of records and windows, with any list."""

from __future__ import annotations

import pytest
from airbyte_cdk.models import FailureType

from unit_tests.conftest import API, EVENTS, START, event, ids, page


@pytest.mark.parametrize("host", [API, "/data_api/v1", "", "http://elsewhere.test"])
def test_the_query_of_any_link_is_sent_unchanged_to_the_same_endpoint(http, read_events, host):
    first, second = event(START), event(START)
    link = f"{host}/events?cursor=2&x=a%2Fb#top" if host else "?cursor=2&x=a%2Fb"
    http.get(EVENTS, [page(first, next_page=link), page(second)])

    assert ids(read_events(start_date=START)) == [first["id"], second["id"]]
    assert http.last_request.url == f"{EVENTS}?cursor=2&x=a%2Fb"
    assert {request.hostname for request in http.request_history} == {"circle.test"}


def test_a_link_to_a_page_already_read_is_an_error(http, read_events):
    http.get(EVENTS, **page(event(START), next_page="?cursor=a"))

    error = read_events(start_date=START, failing=True).errors[0].trace.error

    assert "already read" in error.message
    assert error.failure_type == FailureType.system_error
    assert http.call_count == 2
