"""A state counts wherever it is given, and each read is one of its own. Of a service that is not well,
`check` says so, and `discover` answers with what is documented."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests_mock
from airbyte_cdk.models import Status
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import source
from source_circle_events.schemas.schema_files import STREAMS, resolved
from unit_tests.conftest import CATALOG, CONFIG, EVENTS, Row, event, ids, page, states_of

LOGGER = logging.getLogger("airbyte")


@pytest.fixture(params=[{"status_code": 500}, {"text": "<html>"}])
def service(request, http):
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


def test_given_a_clock_ahead_and_slow_answers_then_a_late_row_is_read_by_the_next_sync(
    http, read_events
):
    """The answer takes 1.7 s, and its Date is from its end: a row that became visible meanwhile, with an
    older `created_at` than one that was read, must still lie ahead of the state."""
    behind = timedelta(minutes=5)
    rows: list[Row] = []

    def answer(request, context):
        now = datetime.now(UTC) - behind  # in the service's clock
        if rows:
            chosen = page(*rows)["json"]
        else:
            rows[:] = [event(now - timedelta(seconds=ago)) for ago in (0.2, 0.1)]
            chosen = page(rows[1])["json"]
            time.sleep(1.7)
        context.headers["Date"] = format_datetime(datetime.now(UTC) - behind, usegmt=True)
        return chosen

    http.get(EVENTS, json=answer)
    first = read_events(settling_period="PT0.5S")
    state = first.state_messages[-1].state.stream.stream_state if first.state_messages else None
    time.sleep(1)
    second = read_events(state=state and state.created_at, settling_period="PT0.5S")

    assert {row["id"] for row in rows} <= {*ids(first), *ids(second)}
