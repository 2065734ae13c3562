"""The log says how far a sync is; of the CDK's lines, those that say nothing are left out."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from airbyte_cdk.utils.memory_monitor import MemoryMonitor

from source_circle_events.output import progress
from source_circle_events.source import SourceCircleEvents
from unit_tests.conftest import EVENTS, event, now, page


def test_given_the_cdks_noise_then_it_is_not_told(caplog):
    caplog.set_level(logging.INFO)
    source = SourceCircleEvents()
    MemoryMonitor()
    for said in ("Read 3 records from events stream", "Finished syncing"):
        source.logger.info(said)

    assert caplog.messages == ["Finished syncing"]


def test_given_a_long_sync_then_the_log_says_how_far_it_is_and_an_estimate_is_sent(
    http, read_events, monkeypatch
):
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    first, rest = ([event(f"2025-01-0{n + day}T00:00:00Z") for day in (1, 2)] for n in (0, 2))
    http.get(EVENTS, [page(*first, next_page="?page=2"), page(*rest)])

    output = read_events(start_date="2024-01-01", num_workers=1)

    (line,) = [m.log.message for m in output.logs if "windows done" in m.log.message]
    assert line.startswith("events: 2 records, 0 of 1 windows done, ")
    (estimate,) = [m.trace.estimate for m in output.trace_messages if m.trace.estimate]
    days = (now() - datetime(2025, 1, 2, tzinfo=UTC)).days
    assert estimate.name == "events"
    assert estimate.row_estimate == pytest.approx(2 * (1 + days), abs=4)
    assert estimate.byte_estimate == pytest.approx(estimate.row_estimate * 177, rel=0.2)


def test_given_a_service_whose_clock_is_far_behind_then_it_is_told_that_newer_rows_wait(
    http, read_events
):
    answer = page(event("2025-01-01T00:00:00Z"))
    http.get(EVENTS, **answer, headers={"Date": "Thu, 01 Jan 1970 00:00:00 GMT"})

    output = read_events()

    assert output.records == []
    (warning,) = [m.log.message for m in output.logs if m.log.level.value == "WARN"]
    assert warning.startswith("events: Circle's clock says 19")
