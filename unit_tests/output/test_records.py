"""A page's lines are exactly the records it held."""

from __future__ import annotations

import json

from source_circle_events.config import Config
from source_circle_events.http.page import page_of
from source_circle_events.output.records import PageOfRecords, Records
from source_circle_events.privacy.transform import personal_data


def pack(body: bytes, *, times: int = 1) -> PageOfRecords:
    config = Config.of({"api_token": "token"})
    records = Records("events", (), personal_data(config), lambda: None)
    for _ in range(times):
        page = page_of(body, {})
        packed = records.pack(page, range(len(page.rows)))
    assert packed
    return packed


def test_given_numbers_and_escapes_then_the_lines_have_them_as_they_came():
    row = rb'{"id": "a", "n": 123456789012345678901234567890, "f": 1e-7, "t": "\u00e9\/"}'

    page = pack(b'{"pagination": {}, "events": [' + row + b"]}")

    assert row in b"".join(page.lines())


def test_given_a_page_then_one_line_and_one_message_a_record():
    rows = [{"id": "a", "text": "line\nbreak\u2028\x85", "created_at": None}, {"id": "b"}]
    body = json.dumps({"pagination": {}, "events": rows}, indent=1, ensure_ascii=False).encode()

    page = pack(body)

    (lines,) = page.lines()
    assert [json.loads(line)["record"]["data"] for line in lines.splitlines()] == rows
    assert [message.record.data for message in page.messages()] == rows
    assert page.count == 2
    assert lines.endswith(b"\n")


def test_given_a_row_without_a_time_that_comes_again_then_it_leaves_once():
    rows = [{"id": "a"}, {"id": "b", "created_at": "2025-01-01T00:00:00Z"}, {"x": 1}]

    page = pack(json.dumps({"pagination": {}, "events": rows}).encode(), times=2)

    assert [message.record.data["id"] for message in page.messages()] == ["b"]
