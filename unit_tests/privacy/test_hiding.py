"""Hashing and dropping in one piece of JSON, however it is written."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import quote

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.privacy.hiding import Hiding
from source_circle_events.privacy.transform import PersonalData
from unit_tests.privacy.samples import BOTH, HASH, KEY, SECRETS, applied, leaks


def test_given_a_key_when_hashed_then_anyone_with_the_key_can_compute_it(event, member):
    expected = hmac.new(KEY.encode(), member["email"].encode(), hashlib.sha256).hexdigest()
    hashed = applied(HASH, event)["payload"]["community_member"]
    assert hashed["email"] == expected
    note = applied(HASH, {"payload": {"note": f"to {member['email']}"}})
    assert note["payload"]["note"] == f"to {expected}"


def test_given_a_key_longer_than_a_block_when_hashed_then_it_is_still_hmac():
    key = "k" * 65 + "\ud800"
    after = applied(PersonalData("hash", key), {"payload": {"email": "é@example.com"}})
    expected = hmac.new(
        ("k" * 65 + "\\ud800").encode(), "é@example.com".encode(), hashlib.sha256
    ).hexdigest()
    assert after["payload"]["email"] == expected


def test_given_the_same_person_twice_when_hashed_then_equal_and_else_different(member):
    two = [{"x": member}, {"y": {"type": "Guest", "email": member["email"]}}]
    other = {"x": {**member, "email": "else@example.com"}}
    first, second = (applied(HASH, record) for record in two)
    assert first["x"]["email"] == second["y"]["email"] != applied(HASH, other)["x"]["email"]
    assert applied(PersonalData("hash", "other"), two[0])["x"]["email"] != first["x"]["email"]


def test_given_equal_values_in_other_fields_when_hashed_then_each_field_keeps_its_own():
    one = applied(HASH, {"p": {"email": "a", "first_name": "b"}})["p"]
    other = applied(HASH, {"p": {"first_name": "a", "email": "b"}})["p"]
    assert (one["email"], one["first_name"]) == (other["first_name"], other["email"])


@pytest.mark.parametrize("value", [None, ""])
def test_given_nothing_to_hide_when_hashed_then_it_stays(value):
    assert applied(HASH, {"p": {"email": value}}) == {"p": {"email": value}}


@pytest.mark.parametrize("values", [(1, True), (1, 1.0), ([1], [True]), (0, False)])
def test_given_values_python_takes_for_equal_when_hashed_then_they_differ(values):
    personal = PersonalData("hash", KEY)
    one, other = (applied(personal, {"p": {"email": value}})["p"]["email"] for value in values)
    assert one != other


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
        b'{"payload":{"x":1},"payload":{"x":{"email":"ada.okafor@example.com"}}}',
        b'{"payload":{"x":{"email":"ada.okafor@example.com"}},"payload":{"x":1}}',
        b'{"payload":{"x":{"email":"ada.okafor@example.com"},"x":1}}',
        b'{"payload":{"x":{"email":"ada.okafor@example.com","email":null}}}',
        b'{"payload":{"x":{"type":"CommunityMember","name":"Ada","type":"Space"}}}',
        b'{"payload":{"x":{"type":"Space","name":"Ada","type":"CommunityMember"}}}',
        b'{"payload":{"x":{"note":"ada.okafor@example.com","note":1},"y":{"email":"z"}}}',
        b'{"new":"ada.okafor@example.com","new":1}',
        b'{"payload":{"x":{"\\u0065mail":"ada.okafor@example.com"}}}',
        b'{"payload":{"x":"ada.okafor\\u0040example.com"}}',
    ],
)
def test_given_json_in_unusual_words_when_applied_then_it_shows_nobody(personal, row):
    (after,) = personal.apply([row])
    json.loads(after, parse_constant=pytest.fail)
    if b'"type":"Space"}' not in row:  # the last value counts: a space's name is shown
        assert not [secret for secret in SECRETS if secret.encode() in after]


@BOTH
def test_given_a_long_text_without_blanks_when_applied_then_it_takes_no_time(personal):
    text = "x" * 300_000
    before = time.process_time()
    after = applied(personal, {"payload": {"note": f"{text} ada.okafor@example.com"}})
    assert time.process_time() - before < 1
    assert text in after["payload"]["note"]
    assert leaks(after) == []


@BOTH
def test_given_objects_inside_each_other_without_end_when_applied_then_it_is_said(personal):
    row = b'{"payload":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001
    with pytest.raises(AirbyteTracedException, match="hundreds of objects inside each other"):
        personal.apply([row])


SECRET = "ada.okafor@example.com"
# A field documented as one text is believed to be that: `type` is always one here.
ANYTHING = st.recursive(
    st.sampled_from([None, True, 1, -0.0, 1e300, 2**70, "", "Space", f"<{SECRET}>", quote(SECRET)])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(
            dict[str, Any].__or__,
            st.dictionaries(
                st.sampled_from(["email", "last_email", "name", "payload", "chat_room", "a", "é"]),
                inner
                | st.just({"type": "CommunityMember", "id": 1, "name": SECRET, "public_uid": None}),
                max_size=4,
            ),
            st.sampled_from(
                [{}, {"type": None}, {"type": "CommunityMember"}, {"type": "Elephant"}]
            ),
        )
    ),
    max_leaves=10,
)
PLACES = ["payload", "initiator", "community_member", "properties", "new"]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.dictionaries(st.sampled_from(PLACES), ANYTHING), max_size=4),
    st.sampled_from(["hash", "drop"]),
    st.sampled_from([(",", ":"), (", ", ": ")]),
    st.booleans(),
)
def test_given_any_json_with_a_member_when_applied_then_the_rows_show_nobody_and_are_not_mixed_up(
    records, mode, blanks, ascii_only
):
    rows = [
        json.dumps(record, separators=blanks, ensure_ascii=ascii_only).encode("utf-8", "replace")
        for record in records
    ]
    after = PersonalData(mode, KEY).apply(rows)
    for row in after:
        assert SECRET.encode() not in row
        assert quote(SECRET).encode() not in row
    thorough = Hiding(KEY if mode == "hash" else None)
    assert [*map(json.loads, after)] == [json.loads(thorough.in_json(row, None)) for row in rows]
