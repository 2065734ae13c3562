"""`personal_data`: hides members and e-mail addresses anywhere in a record, and changes nothing else."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.output.personal_data import PersonalData
from source_circle_events.schemas.schema_files import resolved

KEY = "a key of some length"
HASH, DROP = PersonalData("hash", KEY), PersonalData("drop")
BOTH = pytest.mark.parametrize("personal", [HASH, DROP], ids=["hash", "drop"])
EMAIL = "ada.okafor@example.com"
SECRETS = ["Ada", "Okafor", "ada.okafor", "a1b2c3d4", "kafor"]
MEMBER = {
    "type": "CommunityMember",
    "id": 41,
    "public_uid": "a1b2c3d4",
    "name": "Ada Okafor",
    "first_name": "Ada",
    "last_name": "Okafor",
    "email": EMAIL,
    "is_admin": False,
    "is_moderator": True,
}
SPACE = {"type": "Space", "id": 7, "name": "Lounge", "slug": "lounge"}


def applied(personal: PersonalData, record: dict[str, Any]) -> dict[str, Any]:
    (row,) = personal.apply([json.dumps(record, separators=(",", ":")).encode()])
    after: dict[str, Any] = json.loads(bytes(row))
    return after


def leaks(value: object) -> list[str]:
    return [secret for secret in SECRETS if secret in json.dumps(value)]


def hashed(text: str) -> str:
    return hmac.new(KEY.encode(), text.encode(), "sha256").hexdigest()


@BOTH
@pytest.mark.parametrize(
    "place",
    [
        lambda m: {"payload": {"initiator": m}},
        lambda m: {"payload": {"a": {"b": [{"c": m}, [m]]}}},
        lambda m: {"payload": {"space": SPACE | {"owner": m}}},
        lambda m: {"initiator": {k: v for k, v in m.items() if k != "type"}},
        lambda m: {"properties": {"city": "Lagos", "host": m}},
        lambda m: {"new_column": m},
        lambda m: {"payload": {"community_member": m | {"type": None}}},
        lambda m: {"payload": {"initiator": m | {"manager": m}}},
        lambda m: {"payload": {"type": m["type"], "name": m["name"]}},
        lambda m: m | {"type": "whatever", "name": "post.liked"},
        lambda m: {"payload": {"previous_email": m["email"], "author_first_name": "Ada"}},
        lambda m: {"payload": {"all": [m["email"]], "email": [m["email"]]}},
        lambda m: {"payload": {"initiator": m | {"name": {"full": m["name"]}}}},
        lambda m: {"payload": {"chat_room": {"type": "ChatRoom", "name": m["name"]}}},
        lambda m: {"payload": {"chat_room": {"name": m["name"]}}},
    ],
)
def test_a_member_is_hidden_anywhere(
    personal: PersonalData, place: Callable[[Any], dict[str, Any]]
) -> None:
    assert leaks(place(MEMBER))
    assert leaks(applied(personal, place(MEMBER))) == []


ADDRESSES = [
    EMAIL,
    f"https://x.example/?e={quote(EMAIL)}&n=1",
    f"https://x.example/?u={quote(quote(f'https://y.example/?e={quote(EMAIL)}', ''), '')}",
    EMAIL.replace("@", "%" + "25" * 2_000 + "40"),
    EMAIL.replace("@", "&#64;"),
    EMAIL.replace("@", "&commat;"),
    EMAIL.replace("@", "&amp;amp;#64;"),
    EMAIL.replace("@", "%u0040"),
    json.dumps(json.dumps({"a": EMAIL})).replace("@", "\\\\u0040"),
    "".join(f"%{byte:02x}" for byte in EMAIL.encode()),
    "".join(f"&#{byte};" for byte in EMAIL.encode()),
    f"mailto%3A{quote(EMAIL)}%3Fsubject%3Dx",
]


@BOTH
@pytest.mark.parametrize("text", ADDRESSES)
@pytest.mark.parametrize(
    "place",
    [
        lambda text: {"name": text, "version": text},
        lambda text: {text: 1, "payload": {text: {"type": text}, "a": [{text: [text]}]}},
        lambda text: {"payload": {"space": SPACE | {"slug": text}, "note": f"é {text}\n"}},
    ],
)
def test_an_address_is_hidden_in_every_text_and_key_in_any_encoding(
    personal: PersonalData, place: Callable[[str], dict[str, Any]], text: str
) -> None:
    after = applied(personal, place(text))
    assert not [word for word in ("okafor", "example.com", "%61%64", "&#97;") if word in str(after)]
    assert "okafor" not in personal.text(f'the event type "{text}" is new')
    (escaped,) = personal.apply([json.dumps(place(text)).replace("@", "\\u0040").encode()])
    assert "okafor" not in bytes(escaped).decode()
    if personal is HASH and "\\" not in text:
        assert hashed(EMAIL) in str(after)


@BOTH
@pytest.mark.parametrize(
    "text",
    ["100 %", "50%20off", "a &amp; b", "C:\\temp\\u00e9", "@ada", "x @ y", "https://a/?b=%40"],
)
def test_a_text_without_an_address_does_not_change(personal: PersonalData, text: str) -> None:
    record = {"payload": {"note": text, text: [text]}}
    assert applied(personal, record) == record


@BOTH
def test_names_of_other_objects_stay(personal: PersonalData) -> None:
    payload = {"section": {"name": "Ada"}, "initiator": SPACE, "list": [SPACE]}
    record = {"x": SPACE, "payload": payload}
    assert applied(personal, record) == record


@BOTH
def test_only_the_members_personal_fields_change(personal: PersonalData) -> None:
    numbers = b'{"a":1.50,"b":[1e999,-0.0,123456789012345678901234567890]}'
    event = {"id": "1", "name": "post.liked", "payload": {"initiator": MEMBER, "space": SPACE}}
    row = json.dumps(event).encode()[:-1] + b',"new":' + numbers + b"}"
    (after,) = personal.apply([row])
    assert numbers in bytes(after)
    decoded = json.loads(bytes(after))
    assert decoded["payload"]["space"] == SPACE
    member = decoded["payload"]["initiator"]
    kept = {"type", "id", "is_admin", "is_moderator"}
    assert {name: member[name] for name in kept} == {name: MEMBER[name] for name in kept}
    assert member.keys() == (kept if personal is DROP else MEMBER.keys())


def test_keep_changes_nothing() -> None:
    keep = PersonalData("keep")
    rows = [b"no JSON at all", b'{"email" : "ada@example.com"}']
    assert keep.apply(rows) is rows
    assert keep.text(EMAIL) == EMAIL
    assert keep.schema(resolved("events")) == resolved("events")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é@example.com", "é@example.com"),
        # Values that are equal in Python:
        (1, "1"),
        (True, "true"),
        (1.0, "1.0"),
        ({"b": 0, "a": False}, '{"a": false, "b": 0}'),
    ],
)
def test_a_hash_can_be_computed_with_the_key(value: object, text: str) -> None:
    record = {
        "p": {"email": value, "first_name": value, "note": "to é@example.com", "last_name": ""}
    }
    after = applied(HASH, record)["p"]
    assert (after["email"], after["first_name"]) == (hashed(text), hashed(text))
    assert after["note"] == f"to {hashed('é@example.com')}"
    assert after["last_name"] == ""


@BOTH
@pytest.mark.parametrize(
    "row",
    [
        b'{"payload":{"x":1},"payload":{"x":{"email":"ada.okafor@example.com"}}}',
        b'{"payload":{"x":{"email":"ada.okafor@example.com","email":null}}}',
        b'{"payload":{"x":{"type":"Space","name":"Ada","type":"CommunityMember"}}}',
        b'{"payload":{"x":{"\\u0065mail":"Ada Okafor"}}}',
    ],
)
def test_repeated_and_escaped_keys_are_hidden_too(personal: PersonalData, row: bytes) -> None:
    (after,) = map(bytes, personal.apply([row]))
    assert leaks(json.loads(after, parse_constant=pytest.fail)) == []


@BOTH
@pytest.mark.parametrize("run", ["x", "%25", "&amp;", "a@"])
def test_a_long_text_is_searched_in_linear_time(personal: PersonalData, run: str) -> None:
    before = time.process_time()
    after = applied(personal, {"payload": {"note": f"{run * 100_000} {EMAIL}"}})
    assert time.process_time() - before < 1
    assert leaks(after) == []


ANYTHING = st.recursive(
    st.sampled_from(
        [None, True, -0.0, 2**70, "", "Space", f"<{EMAIL}>", quote(EMAIL), "é", MEMBER]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["email", "name", "type", "chat_room", "initiator", "é", EMAIL]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.fixed_dictionaries({"payload": ANYTHING}), max_size=4),
    st.sampled_from(["hash", "drop"]),
)
def test_any_json_has_no_address_and_records_do_not_depend_on_each_other(
    records: list[dict[str, Any]], mode: Any
) -> None:
    rows = [json.dumps(record, ensure_ascii=False).encode() for record in records]
    after = [*map(bytes, PersonalData(mode, KEY).apply(rows))]
    assert not [row for row in after if b"ada.okafor" in row]
    assert after == [bytes(PersonalData(mode, KEY).apply([row])[0]) for row in rows]


def test_schemas_describe_the_hidden_fields() -> None:
    tracker = resolved("tracker_events")
    email = HASH.schema(tracker)["properties"]["initiator"]["properties"]["email"]
    assert "format" not in email
    assert "SHA-256" in email["description"]
    fields = DROP.schema(tracker)["properties"]
    assert fields["initiator"]["properties"].keys() == {"type", "id", "is_admin", "is_moderator"}
    assert not {"ahoy_visitor", "device_id"} & fields["properties"]["properties"].keys()
    assert '"x-personal-data"' not in json.dumps(DROP.schema(tracker))
