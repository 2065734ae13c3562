"""`personal_data`: only what identifies a member changes, in records and in schemas alike."""

from __future__ import annotations

import json

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.privacy.transform import PersonalData
from source_circle_events.schemas.discovery import discovered
from source_circle_events.schemas.documents import resolved
from unit_tests.privacy.conftest import BOTH, DROP, HASH, KEY, applied, leaks
from unit_tests.schemas.samples import RECORDS, as_documented, problems


@BOTH
def test_given_a_shape_that_is_known_when_another_model_has_it_then_it_is_seen_for_what_it_is(
    personal,
):
    space = {"x": {"type": "Space", "id": 1, "name": "Lounge"}}
    assert applied(personal, space) == space
    assert (
        leaks(applied(personal, {"x": {**space["x"], "type": "CommunityMember", "name": "Ada"}}))
        == []
    )
    assert applied(personal, space) == space


@BOTH
def test_given_the_same_object_under_two_keys_when_applied_then_each_key_decides(personal):
    titled = {"name": "Ada"}
    for record in (
        {"payload": {"section": titled, "chat_room": titled}},
        {"payload": {"chat_room": titled, "section": titled}},
    ):
        after = applied(personal, record)["payload"]
        assert after["section"] == titled
        assert leaks(after["chat_room"]) == []


def test_given_keep_when_applied_then_record_and_schema_are_as_they_were(event):
    keep = PersonalData("keep")
    rows = [b"no JSON at all", json.dumps(event).encode()]
    assert keep.apply(rows) is rows
    assert keep.schema(resolved("events")) == resolved("events")


@BOTH
def test_given_an_event_when_applied_then_only_the_members_fields_change(personal, event):
    after = applied(personal, event)
    kept = {"type", "id", "is_admin", "is_moderator"}
    before_member = event["payload"].pop("community_member")
    after_member = after["payload"].pop("community_member")
    assert after == event
    assert {k: after_member[k] for k in kept} == {k: before_member[k] for k in kept}


def test_given_drop_when_applied_then_the_fields_are_gone(event):
    member = applied(DROP, event)["payload"]["community_member"]
    assert set(member) == {"type", "id", "is_admin", "is_moderator"}


def test_given_more_people_than_are_remembered_when_hashed_then_memory_is_bounded_and_hashes_hold(
    monkeypatch, member
):
    for module in ("hiding", "transform"):
        monkeypatch.setattr(f"source_circle_events.privacy.{module}.REMEMBERED", 10)
    personal = PersonalData("hash", KEY)
    people = [{**member, "email": f"{n % 25}@example.com"} for n in range(100)]
    hashes = [applied(personal, {"payload": {"p": who}})["payload"]["p"]["email"] for who in people]
    assert len(set(hashes)) == 25
    assert hashes[:25] == hashes[25:50]
    for number in range(100):
        applied(personal, {"payload": {"p": {f"field_{number}": 1}}})
    memories = [personal._remembered.cache_info(), personal._hiding._remembered.cache_info()]
    assert [(memory.maxsize, memory.currsize) for memory in memories] == [(10, 10)] * 2


@BOTH
def test_given_numbers_of_any_size_when_applied_then_they_keep_their_digits(personal):
    row = b'{"payload":{"c":{"a":1.50,"b":[1e999,-0.0,123456789012345678901234567890]},"email":"a@b.c"}}'
    (after,) = personal.apply([row])
    assert b'{"a":1.50,"b":[1e999,-0.0,123456789012345678901234567890]}' in after
    assert b"a@b.c" not in after


@BOTH
@pytest.mark.parametrize(
    "row",
    [
        b'{"id": "1", "payload": {"space": {"type": "Space", "name": "Lounge"}}}',
        b'{"id":"1","payload":{"space":{"type":"Space","name":"\\u0026 co"}}}',
        b'{"new": [1.50], "id":1}',
        b"{}",
    ],
)
def test_given_a_row_with_nothing_to_hide_when_applied_then_it_says_the_same(personal, row):
    (after,) = personal.apply([row])
    assert json.loads(after, parse_float=str) == json.loads(row, parse_float=str)


@BOTH
def test_given_objects_inside_each_other_without_end_when_applied_then_it_is_said(personal):
    row = b'{"payload":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001
    with pytest.raises(AirbyteTracedException, match="hundreds of objects inside each other"):
        personal.apply([row])


def test_given_hash_when_a_schema_is_asked_then_an_email_is_no_longer_one_and_says_why():
    initiator = HASH.schema(resolved("tracker_events"))["properties"]["initiator"]
    email = initiator["properties"]["email"]
    assert "format" not in email
    assert "SHA-256" in email["description"]
    assert email["type"] == ["null", "string"]


def test_given_drop_when_a_schema_is_asked_then_the_fields_are_not_in_it():
    fields = DROP.schema(resolved("tracker_events"))["properties"]
    assert set(fields["initiator"]["properties"]) == {"type", "id", "is_admin", "is_moderator"}
    assert "ahoy_visitor" not in fields["properties"]["properties"]


@pytest.mark.parametrize("stream", ["events", "tracker_events"])
@settings(deadline=None)
@given(RECORDS.map(as_documented), st.sampled_from([HASH, DROP]))
def test_given_any_records_when_applied_then_they_fit_the_schema_that_was_changed_alike(
    stream, records, personal
):
    schema = personal.schema(discovered(stream, records))
    for record in records:
        assert problems(schema, applied(personal, record)) == []
