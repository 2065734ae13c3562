"""Discover: documents, expectation and one page; always an answer, never a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteCatalog, AirbyteStream, FailureType, SyncMode
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.privacy.transform import PersonalData
from source_circle_events.schemas.catalogue import EventType, event_types, named_streams
from source_circle_events.schemas.discovery import (
    DocumentedSchemaLoader,
    discovered,
    learned_catalog,
)
from source_circle_events.schemas.documents import STREAMS, model, resolved
from unit_tests.schemas.samples import problems

KEEP = PersonalData("keep")


def documented() -> AirbyteCatalog:
    modes = [SyncMode.incremental]
    return AirbyteCatalog([AirbyteStream(name, resolved(name), modes) for name in STREAMS])


def schemas(catalog: AirbyteCatalog) -> dict[str, Any]:
    return {stream.name: stream.json_schema for stream in catalog.streams}


@pytest.mark.parametrize(
    ("stream", "event"),
    [(stream, event) for stream in named_streams() for event in event_types(stream)],
    ids=lambda value: getattr(value, "name", value),
)
def test_given_a_page_without_a_name_when_discovered_then_its_expected_record_is_declared(
    stream, event
):
    expected = {
        key: dict.fromkeys(model(name)["properties"]) | {"type": name}
        for key, name in event.models.items()
    }
    record = {"payload": expected} if stream == "events" else expected
    assert problems(discovered(stream, []), {"name": event.name, **record}) == []


def test_given_another_model_than_expected_when_discovered_then_both_fit():
    seen = {"payload": {"post": {"type": "PostsEvent", "recurring": True}, "space": "gone"}}
    schema = discovered("events", [seen])
    assert problems(schema, seen) == []
    assert problems(schema, {"payload": {"post": {"type": "PostsBasic", "id": 1}}}) == []
    assert problems(schema, {"payload": {"space": {"type": "Space", "id": 1}}}) == []


def test_given_two_models_expected_under_one_key_when_discovered_then_both_are_declared(
    monkeypatch,
):
    events = [
        EventType(name, "post", "?", {"it": name}, "assumed") for name in ("Space", "MemberTag")
    ]
    monkeypatch.setattr("source_circle_events.schemas.discovery.event_types", lambda _: events)
    it = discovered("events", [])["properties"]["payload"]["properties"]["it"]
    assert it["properties"].keys() == {
        *model("Space")["properties"],
        *model("MemberTag")["properties"],
    }


REFUSED = AirbyteTracedException(
    message="Circle refused the API token (401).", failure_type=FailureType.config_error
)


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (REFUSED, "Circle refused the API token (401)."),
        (ConnectionError("https://host/?token=s3cret"), "ConnectionError."),
        ([b"s3cret rubbish"], "JSONDecodeError."),
    ],
)
def test_given_a_stream_that_cannot_be_read_when_learnt_then_it_is_documented_and_a_warning_says_so(
    came, said, caplog
):
    def newest_page(stream: str) -> list[bytes]:
        if stream != "events":
            return [b'{"new": 1}']
        if isinstance(came, Exception):
            raise came
        return came

    catalog = schemas(learned_catalog(documented(), newest_page, KEEP))
    assert catalog["events"] == resolved("events")
    assert "new" in catalog["member_visits"]["properties"]
    (warning,) = caplog.messages
    assert '"events"' in warning
    assert said in warning
    assert "s3cret" not in caplog.text


def test_given_drop_when_learnt_then_no_personal_field_is_in_the_catalog(event):
    page = [json.dumps(event).encode()]
    catalog = learned_catalog(documented(), lambda _: page, PersonalData("drop"))
    assert '"email"' not in json.dumps(schemas(catalog))


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize(
    ("setting", "personal"),
    [({}, KEEP), ({"personal_data": "hash", "hash_key": "k" * 16}, PersonalData("hash", "k"))],
)
def test_given_a_read_when_the_loader_is_asked_then_it_has_the_documents_as_the_mode_leaves_them(
    stream, setting, personal
):
    loader = DocumentedSchemaLoader(stream, {"api_token": "t"} | setting, {})
    assert loader.get_json_schema() == personal.schema(resolved(stream))
