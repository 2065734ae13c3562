"""Discover: documents, expectation and one page; always an answer, never a secret."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteCatalog, AirbyteStream, FailureType, SyncMode
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.privacy.transform import PersonalData
from source_circle_events.schemas.catalogue import EventType, event_types
from source_circle_events.schemas.discovery import (
    DocumentedSchemaLoader,
    discovered,
    learned_catalog,
)
from source_circle_events.schemas.documents import STREAMS, model, resolved
from unit_tests.schemas.samples import problems

KEEP = PersonalData("keep")


def documented() -> AirbyteCatalog:
    return AirbyteCatalog(
        streams=[
            AirbyteStream(
                name=stream,
                json_schema=DocumentedSchemaLoader(
                    stream, {"api_token": "t"}, {}
                ).get_json_schema(),
                supported_sync_modes=[SyncMode.incremental],
            )
            for stream in STREAMS
        ]
    )


def as_page(page: list[Any], _: str) -> list[bytes]:
    return [json.dumps(record).encode() for record in page]


def schemas(catalog: AirbyteCatalog) -> dict[str, Any]:
    return {stream.name: stream.json_schema for stream in catalog.streams}


@pytest.mark.parametrize("event", event_types(), ids=lambda event: event.name)
def test_given_a_page_without_a_name_when_discovered_then_its_expected_record_is_declared(event):
    payload = {
        key: dict.fromkeys(model(name)["properties"]) | {"type": name}
        for key, name in event.models.items()
    }
    assert problems(discovered("events", []), {"name": event.name, "payload": payload}) == []


@pytest.mark.parametrize("event", event_types("tracker_events"), ids=lambda event: event.name)
def test_given_a_page_without_a_tracker_name_when_discovered_then_its_record_is_declared(event):
    people = {key: dict.fromkeys(model(name)["properties"]) for key, name in event.models.items()}
    assert problems(discovered("tracker_events", []), {"name": event.name, **people}) == []


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


def test_given_a_page_of_each_stream_when_the_catalog_is_learnt_then_each_was_asked_once():
    asked: list[str] = []

    def newest_page(stream: str) -> list[bytes]:
        asked.append(stream)
        return as_page([{"id": "x", f"new_in_{stream}": 1}], stream)

    catalog = schemas(learned_catalog(documented(), newest_page, KEEP))
    assert sorted(asked) == sorted(STREAMS)
    for stream in STREAMS:
        assert f"new_in_{stream}" in catalog[stream]["properties"]


def test_given_the_same_page_twice_when_the_catalog_is_learnt_then_the_bytes_are_the_same(event):
    pages = ([event, {"a": 1, "b": None}], [{"b": None, "a": 1}, event])
    one, two = (learned_catalog(documented(), partial(as_page, page), KEEP) for page in pages)
    assert json.dumps(schemas(one)) == json.dumps(schemas(two))


def test_given_a_stream_that_cannot_be_read_when_learnt_then_it_is_documented_and_a_warning_says_so(
    caplog,
):
    def newest_page(stream: str) -> list[bytes]:
        if stream == "events":
            raise AirbyteTracedException(
                message="Circle refused the API token (401).", failure_type=FailureType.config_error
            )
        return [b'{"new": 1}']

    with caplog.at_level(logging.WARNING):
        catalog = schemas(learned_catalog(documented(), newest_page, KEEP))
    assert catalog["events"] == resolved("events")
    assert "new" in catalog["member_visits"]["properties"]
    (warning,) = caplog.messages
    assert '"events"' in warning
    assert "Circle refused the API token (401)." in warning


def test_given_a_library_error_with_a_token_when_learnt_then_the_warning_names_only_its_kind(
    caplog,
):
    def newest_page(_: str) -> list[bytes]:
        raise ConnectionError("https://host/?token=s3cret")

    learned_catalog(documented(), newest_page, KEEP)
    assert "s3cret" not in caplog.text
    assert caplog.text.count("ConnectionError") == len(STREAMS)


def test_given_rubbish_instead_of_records_when_learnt_then_discover_still_answers():
    catalog = schemas(learned_catalog(documented(), lambda _: [b"rubbish"], KEEP))
    assert catalog == {stream: resolved(stream) for stream in STREAMS}


def test_given_drop_when_learnt_then_no_personal_field_is_in_the_catalog(event):
    catalog = learned_catalog(documented(), partial(as_page, [event]), PersonalData("drop"))
    assert '"email"' not in json.dumps(schemas(catalog))


@pytest.mark.parametrize("stream", STREAMS)
def test_given_a_read_when_the_loader_is_asked_then_it_has_the_documents_as_the_mode_leaves_them(
    stream,
):
    config = {"api_token": "t", "personal_data": "hash", "hash_key": "k" * 16}
    assert DocumentedSchemaLoader(stream, {"api_token": "t"}, {}).get_json_schema() == resolved(
        stream
    )
    assert DocumentedSchemaLoader(stream, config, {}).get_json_schema() == PersonalData(
        "hash", "k"
    ).schema(resolved(stream))
