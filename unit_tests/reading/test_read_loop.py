"""Reading a stream: what is requested, which records are emitted, and what the state says.

`unit_tests/simulation` runs the loop with any API and any order of events, and so tests `order.py`,
`window_reader.py` and `stream_reader.py`. `unit_tests/http` tests pages and errors.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from airbyte_cdk.models import FailureType

from unit_tests.conftest import EVENTS, START, event, ids, now, page

STATE = "2025-03-01T12:00:00.000000+0000"


def final_state(output):
    return output.most_recent_state.stream_state.created_at


def test_a_start_date_is_requested_oldest_first_from_just_before_it(http, read_events):
    http.get(EVENTS, **page())

    read_events(start_date=START)

    asked = http.last_request.qs
    assert asked["sort"] == ["oldest"]
    assert asked["per_page"] == ["2000"]
    assert asked["created_at_gt"] == ["2024-12-31t23:59:58.999999z"]
    assert float(asked["base_timestamp"][0]) == pytest.approx(now().timestamp() - 60 + 5, abs=10)
    assert "events[]" not in asked
    assert http.last_request.headers["Authorization"] == "Bearer secret-token"


def test_one_page_is_one_request_and_its_newest_record_is_the_state(http, read_events):
    rows = [event(START), event("2025-03-01T12:00:00.123456Z")]
    http.get(EVENTS, **page(*rows))

    output = read_events(start_date=START)

    assert [message.record.data for message in output.records] == rows
    assert final_state(output) == "2025-03-01T12:00:00.123456+0000"
    assert http.call_count == 1


@pytest.mark.parametrize(
    ("lookback", "asked", "repeated"),
    [
        ({}, "2025-03-01t11:59:59.000000z", 0),
        ({"lookback_window": "P1D"}, "2025-02-28t11:59:59.000000z", 1),
    ],
)
def test_records_up_to_the_state_are_read_again_within_the_lookback_only(
    http, read_events, lookback, asked, repeated
):
    old, new = event("2025-03-01T12:00:00Z"), event("2025-03-01T12:00:00.000001Z")
    http.get(EVENTS, **page(old, new))

    output = read_events(state=STATE, start_date=START, **lookback)

    assert ids(output) == [old["id"]] * repeated + [new["id"]]
    assert http.last_request.qs["created_at_gt"] == [asked]


def test_records_that_have_not_settled_are_left_for_the_next_sync(http, read_events):
    settled, fresh = event(now() - timedelta(minutes=20)), event(now() - timedelta(minutes=5))
    http.get(EVENTS, **page(settled, fresh))

    output = read_events(start_date=START, settling_period="PT10M")

    assert ids(output) == [settled["id"]]
    assert final_state(output)[:19] == settled["created_at"][:19]


def test_nothing_after_the_time_of_the_service_is_read(http, read_events):
    there = now() - timedelta(minutes=5)
    settled, fresh = event(there - timedelta(minutes=2)), event(there - timedelta(seconds=20))
    http.get(EVENTS, **page(settled, fresh), headers={"Date": f"{there:%a, %d %b %Y %H:%M:%S GMT}"})

    assert ids(read_events(start_date=START)) == [settled["id"]]


def test_only_the_first_response_s_clock_limits_a_sync(http, read_events):
    rows = [event(now() - timedelta(days=day)) for day in range(20, 0, -1)]
    behind = now() - timedelta(days=10)

    def respond(request, context):
        if http.call_count > 1:
            context.headers["Date"] = f"{behind:%a, %d %b %Y %H:%M:%S GMT}"
        key, number = request.qs["created_at_gt"][0].upper(), int(request.qs.get("page", "1")[0])
        found = [row for row in rows if row["created_at"] > key][2 * number - 2 :]
        following = f"?created_at_gt={key}&page={number + 1}" if found[2:] else None
        return page(*found[:2], next_page=following)["json"]

    http.get(EVENTS, json=respond)

    assert sorted(ids(read_events(start_date=START))) == [row["id"] for row in rows]


def test_other_event_types_are_dropped_if_the_filter_is_ignored(http, read_events):
    liked, joined = event(START, name="post.liked"), event(START, name="spaces.joined")
    http.get(EVENTS, **page(liked, joined, event(START, name=["post.liked"])))

    output = read_events(start_date=START, event_types=["post.liked"])

    assert ids(output) == [liked["id"]]
    assert http.last_request.qs["events[]"] == ["post.liked"]


def test_after_a_last_failed_try_the_state_does_not_move(http, read_events):
    http.get(EVENTS, [page(event(START), next_page="?p=2"), {"text": "<html>secret-token</html>"}])

    output = read_events(start_date=START, failing=True)

    assert output.errors[0].trace.error.failure_type == FailureType.transient_error
    assert http.call_count == 1 + 7
    assert final_state(output) < "2025-01-01T00:00:00"
    assert "secret-token" not in str(output.get_formatted_error_message())


def test_records_without_a_valid_time_or_id_are_emitted_unchanged(http, read_events):
    odd = [
        event("yesterday"),
        event(START) | {"created_at": None},
        {"id": 17, "created_at": START, "payload": None},
        event(START, name="circle.invented", payload={"n": 2**53 + 1, "text": "😀 \u0000 e\u0301"}),
    ]
    http.get(EVENTS, **page(*odd))

    output = read_events(start_date=START)

    # The CDK's own serializer, in use here, omits top-level nulls.
    expected = [{key: value for key, value in row.items() if value is not None} for row in odd]
    assert [message.record.data for message in output.records] == expected


def test_a_record_that_is_twice_on_a_page_is_emitted_once(http, read_events):
    first, second = event(START), event("2025-01-02T00:00:00Z")
    http.get(EVENTS, **page(first, first, second, second))

    assert ids(read_events(start_date=START)) == [first["id"], second["id"]]


def test_the_state_is_in_utc_whatever_the_offset_of_a_record(http, read_events):
    http.get(EVENTS, **page(event("2025-01-01T06:00:00+06:00"), event("2025-01-01T05:00:00-01:00")))

    output = read_events(start_date=START)

    assert len(output.records) == 2
    assert final_state(output) == "2025-01-01T06:00:00.000000+0000"
