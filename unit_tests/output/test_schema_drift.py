"""What is not documented is said once, from a sample, in bounded memory."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from source_circle_events.output.schema_drift import SchemaDrift

EVENT = {
    "id": "1",
    "name": "post.liked",
    "triggered_at": "2025-03-01T10:00:00Z",
    "created_at": "2025-03-01T10:00:02Z",
    "version": "1",
    "payload": {"space": {"type": "Space", "id": 7, "name": "Lounge", "slug": "lounge"}},
}


@pytest.fixture(autouse=True)
def _everything_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "airbyte.circle")


def look(drift: SchemaDrift, *records: dict[str, Any]) -> None:
    rows = [json.dumps(record).encode() for record in records]
    names = [record.get("name") for record in records]
    drift.look_at(rows, [name if isinstance(name, str) else None for name in names])


def told(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    return [message for message in caplog.messages if word in message]


def test_given_documented_records_when_looked_at_then_nothing_is_said(caplog):
    drift = SchemaDrift("events")
    look(drift, EVENT, EVENT | {"name": None}, EVENT | {"name": 5})
    assert caplog.messages == []
    assert drift.summary() == ""


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"name": "post.pinned"}, 'the event type "post.pinned"'),
        ({"mood": 1}, 'the field "mood"'),
        ({"payload": {"a": {"type": "Space", "mood": 1}}}, 'the field "Space.mood"'),
        ({"payload": {"a": [[{"type": "Space", "mood": 1}]]}}, 'the field "Space.mood"'),
        ({"payload": {"a": {"type": "Workflow"}}}, 'the model "Workflow"'),
        ({"payload": {"a": {"type": "Space", "b": {"type": "Workflow"}}}}, 'the model "Workflow"'),
    ],
)
def test_given_something_new_twice_when_looked_at_then_it_is_said_once_and_summed_up(
    extra, said, caplog
):
    drift = SchemaDrift("events")
    for _ in range(2):
        look(drift, EVENT, EVENT | extra, EVENT | extra)
    assert len(told(caplog, said)) == 1
    assert drift.summary().startswith("events: 1 ")


def test_given_a_new_name_in_one_row_of_many_when_it_is_not_sampled_then_it_is_noticed(caplog):
    drift = SchemaDrift("events")
    for number in range(100):
        look(drift, *[EVENT] * 40)
        if number == 70:
            look(drift, *[EVENT] * 39, EVENT | {"name": "post.pinned", "mood": 1}, EVENT)
    assert len(told(caplog, '"post.pinned"')) == 1
    assert len(told(caplog, '"mood"')) == 1


def test_given_many_pages_when_looked_at_then_few_rows_are_decoded(monkeypatch):
    decoded: list[bytes] = []
    drift = SchemaDrift("events")
    monkeypatch.setattr(
        "source_circle_events.output.schema_drift.msgspec.json.decode",
        lambda row: decoded.append(row) or json.loads(row),
    )
    for _ in range(100):
        look(drift, *[EVENT] * 320)
    assert len(decoded) <= 2 * 320 + 98 * 2 + 2


def test_given_another_name_and_field_in_each_row_when_looked_at_then_memory_and_log_are_bounded(
    caplog,
):
    drift = SchemaDrift("events")
    for page in range(30):
        look(
            drift,
            *(
                EVENT
                | {
                    "name": f"{page}.{n}" * 200,
                    f"field_{page}_{n}": 1,
                    "payload": {"x": {"type": f"M{page}{n}"}},
                }
                for n in range(100)
            ),
        )
    assert len(caplog.messages) == 3 * 201
    assert len(told(caplog, "no more than 200")) == 3
    assert max(map(len, caplog.messages)) < 300
    assert drift.summary().startswith(
        "events: 200 or more event type(s), 200 or more field(s), 200 or more model(s) that"
    )


def test_given_a_stream_without_names_when_a_name_comes_then_it_is_a_field_and_no_event_type(
    caplog,
):
    look(SchemaDrift("member_visits"), {"id": 1, "name": "x"})
    assert caplog.messages == [
        'member_visits: the field "name" is not documented; it is passed through as it is.'
    ]


@pytest.mark.parametrize("row", [b'{"x":"\\ud800"}', b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}"])
def test_given_a_row_that_cannot_be_decoded_when_looked_at_then_the_others_are(row, caplog):
    SchemaDrift("member_visits").look_at([row, b'{"y": 1}'], [None, None])
    assert told(caplog, '"y"')
