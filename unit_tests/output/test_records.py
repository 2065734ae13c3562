"""A page's lines are exactly the records it held."""

from __future__ import annotations

import json

from source_circle_events.http.page import parse_page
from source_circle_events.output.records import PageOfRecords


def test_given_numbers_beyond_64_bits_then_the_lines_have_every_digit():
    row = b'{"id": "a", "n": 123456789012345678901234567890, "f": 1e-7}'
    body = b'{"pagination": {}, "events": [' + row + b"]}"

    page = PageOfRecords.of("events", parse_page(body).rows, None)

    assert b'"n":123456789012345678901234567890' in page.lines
    assert json.loads(page.lines)["record"]["data"] == json.loads(body)["events"][0]


def test_given_a_page_then_one_line_and_one_message_a_record():
    rows = [{"id": "a", "text": "line\nbreak\u2028\x85"}, {"id": "b"}]

    page = PageOfRecords.of("events", rows, None)

    assert [json.loads(line)["record"]["data"] for line in page.lines.splitlines()] == rows
    assert [message.record.data for message in page.messages()] == rows
    assert page.count == 2
    assert page.lines.endswith(b"\n")
