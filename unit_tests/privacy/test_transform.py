"""`personal_data`: nothing that identifies a member is left, and nothing else is touched."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.privacy.transform import PersonalData
from source_circle_events.schemas.discovery import discovered
from source_circle_events.schemas.documents import resolved
from unit_tests.privacy.samples import BOTH, DROP, HASH, KEY, applied, leaks
from unit_tests.schemas.samples import RECORDS, as_documented, problems

ADA = {"name": "Ada Okafor"}


@BOTH
@pytest.mark.parametrize(
    "place",
    [
        lambda m: {"payload": {"community_member": m}},
        lambda m: {"payload": {"whoever": m}},
        lambda m: {"payload": {"a": {"b": [{"c": m}, [m]]}}},
        lambda m: {"payload": {"space": {"type": "Space", "id": 1, "owner": m}}},
        lambda m: {"initiator": m},
        lambda m: {"properties": {"city": "Lagos", "host": m}},
        lambda m: {"new_column": m},
        lambda m: {"payload": {"community_member": {**m, "type": None}}},
        lambda m: {"payload": {"community_member": {"name": m["name"], "avatar": None}}},
        lambda m: {"payload": {"author": {**m, "type": "Author"}}},
        lambda m: {"payload": {"community_member": {**m, "manager": m}}},
        lambda m: {"payload": m},
        lambda m: {"payload": {"type": m["type"], "name": m["name"]}},
        lambda m: m | {"type": "whatever", "name": "post.liked"},
        lambda m: {"payload": {"previous_email": m["email"], "author_first_name": "Ada"}},
        lambda m: {"payload": {"note": f"write to <{m['email']}>, please"}},
        lambda m: {"payload": {"link": f"https://x.example/?e={quote(m['email'])}&n=1"}},
        lambda m: {"payload": {"all": [m["email"]], "email": [m["email"]]}},
        lambda m: {"payload": {"community_member": {**m, "name": {"full": m["name"]}}}},
        lambda m: {"payload": {"chat_room": {"type": "ChatRoom", "name": m["name"]}}},
        lambda m: {"payload": {"chat_room": {"name": m["name"]}}},
    ],
)
def test_given_a_member_anywhere_when_hashed_or_dropped_then_no_text_of_the_record_shows_them(
    personal, place, member
):
    record = place(member)
    assert leaks(record)
    assert leaks(applied(personal, record)) == []


@BOTH
def test_given_a_shape_that_is_known_when_another_model_has_it_then_it_is_seen_for_what_it_is(
    personal,
):
    space = {"x": {"type": "Space", "id": 1, "name": "Lounge"}}
    assert applied(personal, space) == space
    assert leaks(applied(personal, {"x": {**space["x"], "type": "CommunityMember"} | ADA})) == []
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


def test_given_keep_when_applied_then_rows_and_schema_are_as_they_were():
    keep = PersonalData("keep")
    rows = [b"no JSON at all", b'{"email" : "ada@example.com"}']
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
    assert set(after_member) == (kept if personal is DROP else set(before_member))


def test_given_more_people_than_are_remembered_when_hashed_then_memory_is_bounded_and_hashes_hold(
    monkeypatch, member
):
    monkeypatch.setattr("source_circle_events.privacy.transform.REMEMBERED", 10)
    personal = PersonalData("hash", KEY)
    people = [{**member, "email": f"{n % 25}@example.com"} for n in range(100)]
    hashes = [applied(personal, {"payload": {"p": who}})["payload"]["p"]["email"] for who in people]
    assert len(set(hashes)) == 25
    assert hashes[:25] == hashes[25:50]
    assert personal._remembered.cache_info().currsize == 10


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
    assert json.loads(bytes(after), parse_float=str) == json.loads(row, parse_float=str)


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
