"""`personal_data`: nothing that identifies a member is left, and nothing else is touched."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.privacy.hiding import Hiding
from source_circle_events.privacy.transform import Mode, PersonalData, personal_data
from source_circle_events.schemas.discovery import discovered
from source_circle_events.schemas.documents import resolved
from unit_tests.schemas.samples import RECORDS, as_documented, problems

KEY = "a key of some length"
HASH = PersonalData("hash", KEY)
DROP = PersonalData("drop")
BOTH = pytest.mark.parametrize("personal", [HASH, DROP], ids=["hash", "drop"])
ADA = {"name": "Ada Okafor"}
SECRETS = ["Ada", "Okafor", "ada.okafor", "a1b2c3d4"]


def applied(personal: PersonalData, record: dict[str, Any]) -> dict[str, Any]:
    (row,) = personal.apply([json.dumps(record).encode()])
    after: dict[str, Any] = json.loads(row)
    return after


def memories_of(hiding: Hiding) -> list[Any]:
    return [hiding._shapes, hiding._hashes]


def leaks(record: dict[str, Any]) -> list[str]:
    return [secret for secret in SECRETS if secret in json.dumps(record)]


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
    personal: PersonalData, place: Any, member: dict[str, Any]
) -> None:
    record = place(member)
    assert leaks(record)
    assert leaks(applied(personal, record)) == []


@BOTH
def test_given_a_shape_that_is_known_when_another_model_has_it_then_it_is_seen_for_what_it_is(
    personal: PersonalData,
) -> None:
    space = {"x": {"type": "Space", "id": 1, "name": "Lounge"}}
    assert applied(personal, space) == space
    assert leaks(applied(personal, {"x": {**space["x"], "type": "CommunityMember"} | ADA})) == []
    assert applied(personal, space) == space


def test_given_keep_when_applied_then_record_and_schema_are_as_they_were(
    event: dict[str, Any],
) -> None:
    keep = personal_data({})
    assert applied(keep, event) == event
    assert keep.schema(resolved("events")) == resolved("events")


@BOTH
def test_given_an_event_when_applied_then_only_the_members_fields_change(
    personal: PersonalData, event: dict[str, Any]
) -> None:
    after = applied(personal, event)
    kept = {"type", "id", "is_admin", "is_moderator"}
    before_member = event["payload"].pop("community_member")
    after_member = after["payload"].pop("community_member")
    assert after == event
    assert {k: after_member[k] for k in kept} == {k: before_member[k] for k in kept}


def test_given_drop_when_applied_then_the_fields_are_gone(event: dict[str, Any]) -> None:
    member = applied(DROP, event)["payload"]["community_member"]
    assert set(member) == {"type", "id", "is_admin", "is_moderator"}


def test_given_a_key_when_hashed_then_anyone_with_the_key_can_compute_it(
    event: dict[str, Any], member: dict[str, Any]
) -> None:
    expected = hmac.new(KEY.encode(), member["email"].encode(), hashlib.sha256).hexdigest()
    hashed = applied(HASH, event)["payload"]["community_member"]
    assert hashed["email"] == expected
    note = applied(HASH, {"payload": {"note": f"to {member['email']}"}})
    assert note["payload"]["note"] == f"to {expected}"


def test_given_a_key_longer_than_a_block_when_hashed_then_it_is_still_hmac() -> None:
    key = "k" * 65
    after = applied(PersonalData("hash", key), {"payload": {"email": "é@example.com"}})
    expected = hmac.new(key.encode(), "é@example.com".encode(), hashlib.sha256).hexdigest()
    assert after["payload"]["email"] == expected


def test_given_the_same_person_twice_when_hashed_then_equal_and_else_different(
    member: dict[str, Any],
) -> None:
    two = [{"x": member}, {"y": {"type": "Guest", "email": member["email"]}}]
    other = {"x": {**member, "email": "else@example.com"}}
    first, second = (applied(HASH, record) for record in two)
    assert first["x"]["email"] == second["y"]["email"] != applied(HASH, other)["x"]["email"]
    assert applied(PersonalData("hash", "other"), two[0])["x"]["email"] != first["x"]["email"]


def test_given_equal_values_in_other_fields_when_hashed_then_each_field_keeps_its_own() -> None:
    one = applied(HASH, {"p": {"email": "a", "first_name": "b"}})["p"]
    other = applied(HASH, {"p": {"first_name": "a", "email": "b"}})["p"]
    assert (one["email"], one["first_name"]) == (other["first_name"], other["email"])


@pytest.mark.parametrize("value", [None, ""])
def test_given_nothing_to_hide_when_hashed_then_it_stays(value: str | None) -> None:
    assert applied(HASH, {"p": {"email": value}}) == {"p": {"email": value}}


@pytest.mark.parametrize("values", [(1, True), (1, 1.0), ([1], [True]), (0, False)])
def test_given_values_python_takes_for_equal_when_hashed_then_they_differ(
    values: tuple[object, object],
) -> None:
    personal = PersonalData("hash", KEY)
    one, other = (applied(personal, {"p": {"email": value}})["p"]["email"] for value in values)
    assert one != other


def test_given_half_a_surrogate_pair_when_hashed_then_it_is_hashed() -> None:
    assert len(applied(HASH, {"p": {"email": "\ud800"}})["p"]["email"]) == 64


def test_given_more_people_than_are_remembered_when_hashed_then_memory_is_bounded_and_hashes_hold(
    monkeypatch: pytest.MonkeyPatch, member: dict[str, Any]
) -> None:
    monkeypatch.setattr("source_circle_events.privacy.hiding.REMEMBERED", 10)
    personal = PersonalData("hash", KEY)
    people = [{**member, "email": f"{n % 25}@example.com"} for n in range(100)]
    hashes = [applied(personal, {"payload": {"p": who}})["payload"]["p"]["email"] for who in people]
    assert len(set(hashes)) == 25
    assert hashes[:25] == hashes[25:50]
    for number in range(100):
        applied(personal, {"payload": {"p": {f"field_{number}": 1}}})
    memories = (personal._changed, personal._unchanged)
    assert [len(one) <= 10 for one in (*memories, *memories_of(personal._hiding))] == [True] * 4


@settings(deadline=None)
@given(RECORDS, st.sampled_from(["hash", "drop"]))
def test_given_a_page_when_applied_then_each_record_is_as_if_it_came_alone(
    records: list[dict[str, Any]], mode: Mode
) -> None:
    rows = [json.dumps(record).encode() for record in records]
    page = PersonalData(mode, KEY).apply(rows)
    assert page == [PersonalData(mode, KEY).apply([row])[0] for row in rows]


def test_given_no_key_when_hashing_is_chosen_then_it_is_refused() -> None:
    with pytest.raises(ValueError, match="hash_key"):
        personal_data({"personal_data": "hash"})


def test_given_hash_when_a_schema_is_asked_then_an_email_is_no_longer_one_and_says_why() -> None:
    initiator = HASH.schema(resolved("tracker_events"))["properties"]["initiator"]
    email = initiator["properties"]["email"]
    assert "format" not in email
    assert "SHA-256" in email["description"]
    assert email["type"] == ["null", "string"]


def test_given_drop_when_a_schema_is_asked_then_the_fields_are_not_in_it() -> None:
    fields = DROP.schema(resolved("tracker_events"))["properties"]
    assert set(fields["initiator"]["properties"]) == {"type", "id", "is_admin", "is_moderator"}
    assert "ahoy_visitor" not in fields["properties"]["properties"]


@pytest.mark.parametrize("stream", ["events", "tracker_events"])
@settings(deadline=None)
@given(RECORDS.map(as_documented), st.sampled_from([HASH, DROP]))
def test_given_any_records_when_applied_then_they_fit_the_schema_that_was_changed_alike(
    stream: str, records: list[dict[str, Any]], personal: PersonalData
) -> None:
    schema = personal.schema(discovered(stream, records))
    for record in records:
        assert problems(schema, applied(personal, record)) == []
