"""The RECORD messages of a page: their bytes, their `id`, and the log lines about them."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from io import BytesIO
from typing import Any

import pytest
from airbyte_cdk.sources.declarative.decoders.composite_raw_decoder import JsonParser
from airbyte_cdk.sources.declarative.interpolation.jinja import JinjaInterpolation

from source_circle_events.http.page import page_of
from source_circle_events.output.personal_data import PersonalData
from source_circle_events.output.record_messages import PageOfRecords, Records

KEEP = PersonalData("keep")


@pytest.fixture(autouse=True)
def _capture_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "airbyte.circle")


def records_of(
    stream: str = "events", declared: Collection[str] = (), personal: PersonalData = KEEP
) -> Records:
    return Records(stream, (), personal, declared)


def pack(records: Records, *rows: bytes) -> PageOfRecords | None:
    page = page_of(b'{"pagination": {}, "events": [' + b",".join(rows) + b"]}", {})
    return records.pack(page, range(len(rows)))


def emitted(records: Records, *rows: dict[str, Any]) -> list[Any]:
    page = pack(records, *(json.dumps(row).encode() for row in rows))
    return [message.record.data for message in page.messages() if message.record] if page else []


def test_each_record_keeps_its_bytes_in_one_line_and_is_one_message() -> None:
    rows = [
        rb'{"id": "a", "n": 123456789012345678901234567890, "f": 1e-7, "t": "\u00e9\/\n"}',
        '{"id": "b", "text": "\u2028\x85", "created_at": null}'.encode(),
    ]
    page = pack(records_of(), *rows)
    assert page
    lines = b"".join(page.lines()).split(b"\n")
    assert lines.pop() == b""
    assert all(row in line for row, line in zip(rows, lines, strict=True))
    read = [json.loads(row) for row in rows]
    assert [json.loads(line)["record"]["data"] for line in lines] == read
    assert [message.record.data for message in page.messages() if message.record] == read


def test_a_record_without_a_time_is_emitted_once_unless_it_changed() -> None:
    records = records_of()
    undated, dated = {"id": "a"}, {"id": "b", "created_at": "2025-01-01T00:00:00Z"}
    assert emitted(records, undated, dated) == [undated, dated]
    assert emitted(records, undated, dated, undated | {"v": 2}) == [dated, undated | {"v": 2}]


AWKWARD = [
    b"{}",
    b'{"id": "", "a": 1}',
    b'{"id": 0, "n": 1e5, "m": 1.0, "k": -0.0, "l": 1E-7, "j": 1.50}',
    b'{"id": 0.0, "n": 123456789012345678901234567890, "m": 18446744073709551615}',
    b'{"id": {}, "b": {"z": [1, {"y": null, "x": true}], "a": "\\u0000"}, "a": false}',
    '{"id": false, "é": "<b> & \'c\' \u2028 😀", "\\u0061": "\\u003c\\/"}'.encode(),
    b'{"a": 1, "id": "x", "a": 2, "id": null}',
]


@pytest.mark.parametrize("row", AWKWARD)
def test_a_missing_id_is_the_same_hash_as_in_the_manifest(row: bytes) -> None:
    (record,) = JsonParser().parse(BytesIO(row))
    template = "{{ record['id'] or (record | tojson | hash('sha256')) }}"
    expected = JinjaInterpolation().eval(template, {}, record=record)
    page = pack(records_of("member_visits"), row)
    assert page
    emitted_row = bytes(page.rows[0])
    assert json.loads(emitted_row) == json.loads(row) | {"id": expected}
    assert emitted_row.count(b'"id":') == 1
    assert len(expected) == 64


def test_the_log_says_once_that_ids_are_filled(caplog: pytest.LogCaptureFixture) -> None:
    records = records_of("member_visits")
    for number in range(3):
        emitted(records, {"n": number})
    (message,) = caplog.messages
    assert message.startswith('member_visits: Circle sent records without an "id".')


def test_a_missing_id_does_not_depend_on_personal_data() -> None:
    row = {"community_member": {"email": "ada@example.com"}}
    (kept,) = emitted(records_of(), row)
    for personal in (PersonalData("hash", "k"), PersonalData("drop")):
        (hidden,) = emitted(records_of(personal=personal), row)
        assert hidden["id"] == kept["id"]
        assert "ada@example.com" not in json.dumps(hidden)


EVENT = {"id": "1", "name": "post.liked", "created_at": "2025-03-01T10:00:02Z", "payload": {}}


def test_undeclared_fields_are_logged_once_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    records = records_of(declared=EVENT)
    for page in range(3):
        emitted(records, *[EVENT] * 30, EVENT | {"name": "post.basic.published", f"new_{page}": 1})
    emitted(records, EVENT | {"payload": {"deep": 1, "x": {"type": "Workflow"}}})
    assert caplog.messages == []
    records.finish()
    (message,) = caplog.messages
    assert message.startswith(
        'events: Circle sent fields that the catalog does not declare: "new_0", "new_1", "new_2". '
    )
    assert caplog.records[0].levelname == "WARNING"


def test_a_new_event_type_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    records = records_of()
    for _ in range(2):
        emitted(records, EVENT, EVENT | {"name": "post.pinned"}, EVENT | {"name": None})
    assert [message.partition(" is ")[0] for message in caplog.messages] == [
        'events: the event type "post.pinned"'
    ]
    emitted(records_of("member_visits"), EVENT | {"name": "no event type"})
    records.finish()  # the catalog declares no field, so none is compared with it
    assert len(caplog.messages) == 1


def test_the_number_and_length_of_logged_names_is_limited(caplog: pytest.LogCaptureFixture) -> None:
    records = records_of(declared=EVENT)
    for page in range(5):
        emitted(
            records,
            *(EVENT | {"name": f"{page}.{n}" * 200, f"f{page}.{n}" * 200: 1} for n in range(30)),
        )
    records.finish()
    assert len(caplog.messages) == 51
    assert max(map(len, caplog.messages)) < 8_000
