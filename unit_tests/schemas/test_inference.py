"""Learning: whatever arrives fits afterwards, nothing gets narrower, order does not matter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.schemas.documents import resolved
from source_circle_events.schemas.inference import learned
from unit_tests.schemas.samples import RECORDS, problems

EVENTS = resolved("events")


def column(name: str, *values: object) -> dict[str, Any]:
    field: dict[str, Any] = learned(EVENTS, [{name: v} for v in values])["properties"][name]
    return field


def inside(*payloads: dict[str, Any]) -> dict[str, Any]:
    schema = learned(EVENTS, [{"payload": payload} for payload in payloads])
    fields: dict[str, Any] = schema["properties"]["payload"]["properties"]
    return fields


@settings(deadline=None)
@given(RECORDS)
def test_given_any_records_when_learnt_then_each_fits_with_nothing_undeclared(records):
    schema = learned(EVENTS, records)
    for record in records:
        assert problems(schema, record) == []


@settings(deadline=None)
@given(RECORDS, st.randoms())
def test_given_the_same_records_in_another_order_when_learnt_then_the_bytes_are_the_same(
    records, random
):
    shuffled = [
        dict(random.sample([*record.items()], len(record)))
        for record in random.sample(records, len(records))
    ]
    assert json.dumps(learned(EVENTS, shuffled)) == json.dumps(learned(EVENTS, records))


@settings(deadline=None)
@given(RECORDS)
def test_given_what_was_learnt_when_the_same_is_seen_again_then_nothing_changes(records):
    assert learned(EVENTS, records + records) == learned(EVENTS, records)


@settings(deadline=None)
@given(RECORDS, RECORDS)
def test_given_more_records_when_learnt_then_those_that_fitted_before_still_fit(few, more):
    schema = learned(EVENTS, few + more)
    assert all(problems(schema, record) == [] for record in few)


def test_given_no_records_when_learnt_then_the_schema_means_what_it_meant():
    assert learned(EVENTS, []) == EVENTS


@pytest.mark.parametrize(
    ("values", "types"),
    [
        ((1, 2), ["null", "integer"]),
        ((1, 2.5), ["null", "number"]),
        ((1, 2**63), ["null", "number"]),
        ((-(2**63),), ["null", "integer"]),
        ((True,), ["null", "boolean"]),
        ((None, 1), ["null", "integer"]),
        (("a", None), ["null", "string"]),
        ((1, "a"), ["null", "integer", "string"]),
        ((1, True), ["null", "boolean", "integer", "string"]),
        (({"a": 1}, "a"), ["null", "object", "string"]),
        (([], {"a": 1}), ["null", "array", "object", "string"]),
        ((None,), ["null", "string"]),
    ],
)
def test_given_values_of_a_new_field_when_learnt_then_its_type_takes_them_all(values, types):
    assert column("new", *values)["type"] == types


def test_given_a_deep_field_that_was_always_null_when_learnt_then_it_may_become_anything():
    types = inside({"setting": None})["setting"]["type"]
    assert {*types} == {"null", "array", "boolean", "number", "object", "string"}


def test_given_an_object_of_a_known_type_when_learnt_then_its_model_is_declared_at_any_depth(
    member,
):
    fields = inside({"x": {"y": [{"host": {"type": "CommunityMember", "pronouns": "she"}}]}})
    host = fields["x"]["properties"]["y"]["items"]["properties"]["host"]
    assert host["properties"].keys() == member.keys() | {"pronouns"}
    assert host["properties"]["email"]["format"] == "email"


def test_given_an_object_of_an_unknown_type_when_learnt_then_it_is_declared_as_it_is():
    fields = inside({"w": {"type": "Workflow", "steps": [{"n": 1}, {"n": 1.5}]}})
    step = fields["w"]["properties"]["steps"]["items"]["properties"]
    assert step["n"]["type"] == ["null", "number"]


def test_given_two_models_under_one_key_when_learnt_then_both_are_declared_and_named():
    thing = inside({"thing": {"type": "Space"}}, {"thing": {"type": "MemberTag"}})["thing"]
    assert thing["title"] == "MemberTag / Space"
    assert {"slug", "color"} <= thing["properties"].keys()


def test_given_texts_that_are_times_when_learnt_then_only_a_name_in_at_becomes_a_time():
    time = "2025-03-01T10:00:00.123456Z"
    assert column("seen_at", time, None)["format"] == "date-time"
    assert "format" not in column("seen_at", time, "yesterday")
    assert "format" not in column("seen_at", "2025-13-01T10:00:00Z")
    assert "format" not in column("seen_at", "2025-03-01 10:00:00")
    assert "format" not in column("seen_at", time, 5)
    assert "format" not in column("seen", time)


def test_given_a_value_against_a_documented_format_when_learnt_then_the_format_goes():
    assert column("id", "497f6eca-6276-4993-bfeb-53cbbbba6f08")["format"] == "uuid"
    assert "format" not in column("id", "497f6eca-6276-4993-bfeb-53cbbbba6f08", "17")
    assert "format" not in column("id", 17)


def test_given_new_fields_when_learnt_then_documented_ones_come_first_and_new_ones_by_name():
    names = list(learned(EVENTS, [{"zebra": 1, "ant": 1, "id": "x"}])["properties"])
    assert names == [*EVENTS["properties"], "ant", "zebra"]


def test_given_the_schema_learnt_from_when_learnt_then_it_is_untouched():
    before = json.dumps(EVENTS)
    learned(EVENTS, [{"id": 5, "payload": {"space": {"type": "Space"}}}])
    assert json.dumps(EVENTS) == before
