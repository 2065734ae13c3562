"""The log says how far a sync is, and warns of a wrong clock and of ids that repeat."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from source_circle_events.output import progress_log
from unit_tests.conftest import EVENTS, event, now, page


def test_given_a_long_sync_then_the_log_says_how_far_it_is_and_an_estimate_is_sent(
    http, read_events, monkeypatch
):
    monkeypatch.setattr(progress_log, "_EVERY", 0.0)
    first, rest = ([event(f"2025-01-0{n + day}T00:00:00Z") for day in (1, 2)] for n in (0, 2))
    http.get(EVENTS, [page(*first, next_page="?page=2"), page(*rest)])

    output = read_events(start_date="2024-01-01", num_workers=1)

    (line,) = [m.log.message for m in output.logs if "last minute" in m.log.message]
    assert line.startswith("events: 2 records from 1 pages, ")
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


@pytest.mark.parametrize("per_page", [4, 2])
def test_given_rows_that_share_an_id_then_all_leave_and_the_log_says_so_once(
    http, read_events, per_page
):
    rows = [event(f"2025-01-01T00:00:0{n}Z", id=n % 2 + 1, version=str(n)) for n in range(4)]
    later = page(*rows[per_page - 1 :])  # a key brings the last row again
    http.get(EVENTS, [page(*rows[:per_page], next_page="?p=2" if rows[per_page:] else None), later])

    output = read_events()

    assert [message.record.data for message in output.records] == rows
    said = [m.log.message for m in output.logs if '"Append + Deduped"' in m.log.message]
    assert len(said) == 1
