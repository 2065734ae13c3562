"""A state is used wherever it is passed, and each read starts from it. If the API fails, `check` reports
it."""

from __future__ import annotations

import logging

import pytest
from airbyte_cdk.models import Status
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import source
from unit_tests.conftest import CATALOG, CONFIG, EVENTS, event, page, states_of

LOGGER = logging.getLogger("airbyte")


@pytest.mark.parametrize("response", [{"status_code": 500}, {"text": "<html>"}])
def test_check_fails_after_five_tries_and_names_the_address(http, response):
    http.get(EVENTS, **response)

    status = source.SourceCircleEvents(config=CONFIG).check(LOGGER, CONFIG)

    assert status.status == Status.FAILED
    assert "https://circle.test" in status.message
    assert http.call_count == 5


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("before", [[], states_of("2025-01-01")], ids=["none", "another"])
def test_a_state_passed_to_read_replaces_the_one_of_the_constructor(http, before, kind):
    http.get(EVENTS, **page())
    states = kind(states_of("2025-03-01T12:00:00Z"))

    list(source.SourceCircleEvents(CATALOG, CONFIG, before).read(LOGGER, CONFIG, CATALOG, states))

    assert http.last_request.qs["created_at_gt"] == ["2025-03-01t11:59:59.000000z"]


def test_a_second_read_starts_from_the_same_state_and_is_complete(http):
    http.get(EVENTS, **page(event("2025-03-02T12:00:00Z")))
    given = source.SourceCircleEvents(CATALOG, CONFIG, states_of("2025-03-01"))

    for _ in range(2):
        messages = given.read(LOGGER, CONFIG, CATALOG)
        assert sum(message.record is not None for message in messages) == 1
        assert http.last_request.qs["created_at_gt"] == ["2025-02-28t23:59:59.000000z"]


def test_an_empty_token_is_an_error_that_names_the_setting():
    config = {"api_token": ""}
    for given in (source.SourceCircleEvents(), source.SourceCircleEvents(CATALOG, config)):
        with pytest.raises(AirbyteTracedException, match='"api_token" must be'):
            list(given.read(LOGGER, config, CATALOG))
