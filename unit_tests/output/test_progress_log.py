"""The log shows the progress, and warns of a wrong clock and of repeated ids."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from source_circle_events.output import progress_log
from unit_tests.conftest import EVENTS, event, now, page


def test_a_long_sync_logs_its_progress_and_sends_an_estimate(http, read_events, monkeypatch):
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


def test_a_warning_says_that_the_clock_of_the_service_is_far_behind(http, read_events):
    response = page(event("2025-01-01T00:00:00Z"))
    http.get(EVENTS, **response, headers={"Date": "Thu, 01 Jan 1970 00:00:00 GMT"})

    output = read_events()

    assert output.records == []
    (warning,) = [m.log.message for m in output.logs if m.log.level.value == "WARN"]
    assert warning.startswith("events: Circle's clock says 19")


@pytest.mark.parametrize("per_page", [4, 2])
@pytest.mark.parametrize("seconds", ["0123", "0000"])
@pytest.mark.parametrize("identities", [(1, 2), ("a", "b")])
def test_records_that_share_an_id_are_all_emitted_with_one_warning(
    http, read_events, per_page, seconds, identities
):
    rows = [
        event(f"2025-01-01T00:00:0{second}Z", id=identities[n % 2], version=str(n))
        for n, second in enumerate(seconds)
    ]
    later = page(*rows[per_page - 1 :])  # the last record is repeated
    http.get(EVENTS, [page(*rows[:per_page], next_page="?p=2" if rows[per_page:] else None), later])

    output = read_events()

    assert [message.record.data for message in output.records] == rows
    said = [m.log.message for m in output.logs if '"Append + Deduped"' in m.log.message]
    assert len(said) == 1
