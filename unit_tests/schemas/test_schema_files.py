"""The event types are complete; schemas are open, nullable, described and without references."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source_circle_events import schemas
from source_circle_events.schemas.event_types import event_types
from source_circle_events.schemas.schema_files import STREAMS, models, resolved

LINES = (Path(schemas.__file__).parent / "event_types.yaml").read_text("utf-8").splitlines()


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema["properties"].items():
        yield name, field
        if "properties" in field:
            yield from fields(field)


@pytest.mark.parametrize("stream", STREAMS)
def test_every_field_is_described_open_and_nullable(stream):
    schema = resolved(stream)
    assert schema["type"] == "object"
    assert {"id", "created_at"} <= schema["properties"].keys()
    for name, field in fields(schema):
        assert field["type"][0] == "null", name
        assert field["description"], name
        assert field.get("additionalProperties", True), name
    assert "$ref" not in json.dumps(schema)


def test_the_payload_keys_of_the_catalogue_are_declared_as_open_objects():
    declared = resolved("events")["properties"]["payload"]["properties"]
    expected = {key for event in event_types() for key in event.models}
    assert declared.keys() == expected | {"community_member"}
    assert all(field["type"] == ["null", "object"] for field in declared.values())
    assert all(field["additionalProperties"] for field in declared.values())


def test_every_event_type_is_unique_one_line_and_complete():
    every = [*event_types(), *event_types("tracker_events")]
    assert len({event.name for event in every}) == len(every)
    for event in every:
        assert sum(f"name: {event.name}," in line for line in LINES) == 1
        assert event.meaning
        assert not event.meaning.endswith(".")
        assert event.basis in {"observed", "assumed"}
        assert event.models
        assert set(event.models.values()) <= models().keys()
