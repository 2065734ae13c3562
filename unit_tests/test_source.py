"""A state counts wherever it is given, and each read is one of its own. Of a service that is not well,
`check` says so, and `discover` answers with what is documented."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
import requests
import requests_mock
from airbyte_cdk.models import Status
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import source
from source_circle_events.schemas.documents import STREAMS, resolved
from unit_tests.conftest import CATALOG, CONFIG, EVENTS, event, page, states_of

LOGGER = logging.getLogger("airbyte")


@pytest.fixture(
    params=[{"status_code": 500}, {"text": "<html>"}, {"exc": requests.ReadTimeout}],
    ids=["500", "html", "hang"],
)
def service(request, http, monkeypatch):
    monkeypatch.setattr(source, "COMMAND", replace(source.COMMAND, first_wait=0.0))
    http.get(requests_mock.ANY, **request.param)
    return http


def test_given_a_check_then_it_fails_after_five_tries_and_names_the_address(service):
    status = source.SourceCircleEvents(config=CONFIG).check(LOGGER, CONFIG)

    assert status.status == Status.FAILED
    assert "https://circle.test" in status.message
    assert service.call_count == 5


def test_given_discover_then_the_documented_schemas_and_a_warning_for_each_stream(service, caplog):
    with caplog.at_level(logging.WARNING):
        catalog = source.SourceCircleEvents(config=CONFIG).discover(LOGGER, CONFIG)

    assert {stream.name: stream.json_schema for stream in catalog.streams} == {
        name: resolved(name) for name in STREAMS
    }
    for stream in STREAMS:
        assert any(f'"{stream}"' in warning for warning in caplog.messages)


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("before", [[], states_of("2025-01-01")], ids=["none", "another"])
def test_given_a_state_when_read_is_called_then_it_counts(http, before, kind):
    http.get(EVENTS, **page())
    states = kind(states_of("2025-03-01T12:00:00Z"))

    list(source.SourceCircleEvents(CATALOG, CONFIG, before).read(LOGGER, CONFIG, CATALOG, states))

    assert http.last_request.qs["created_at_gt"] == ["2025-03-01t11:59:59.000000z"]


def test_given_a_source_that_was_read_when_read_again_then_from_its_state_and_whole(http):
    http.get(EVENTS, **page(event("2025-03-02T12:00:00Z")))
    given = source.SourceCircleEvents(CATALOG, CONFIG, states_of("2025-03-01"))

    for _ in range(2):
        messages = given.read(LOGGER, CONFIG, CATALOG)
        assert sum(message.record is not None for message in messages) == 1
        assert http.last_request.qs["created_at_gt"] == ["2025-02-28t23:59:59.000000z"]


def test_given_a_config_with_nothing_in_it_when_read_then_a_sentence():
    config = {"api_token": ""}
    for given in (source.SourceCircleEvents(), source.SourceCircleEvents(CATALOG, config)):
        with pytest.raises(AirbyteTracedException, match='"api_token" must be'):
            list(given.read(LOGGER, config, CATALOG))
