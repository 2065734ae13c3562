"""Any records a service might send, and the strictest reading of a schema to hold them against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft7Validator

Json = Any


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema with every object closed, so that an undeclared field is an error."""
    out = dict(schema)
    if "properties" in out:
        out["properties"] = {name: strict(field) for name, field in out["properties"].items()}
        out["additionalProperties"] = False
    if "items" in out:
        out["items"] = strict(out["items"])
    return out


def unfit(schema: dict[str, Any], records: Iterable[Json]) -> list[str]:
    """What in `records` does not fit `schema`, formats included."""
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    return [
        f"{error.json_path}: {error.message}"
        for record in records
        for error in validator.iter_errors(record)
    ]


def problems(schema: dict[str, Any], record: Json) -> list[str]:
    return unfit(strict(schema), [record])


NAMES = st.sampled_from(["name", "email", "a", "b_at", "type", "community_member", "items"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "x", "Space", "CommunityMember", "Elephant", "2025-03-01T10:00:00Z"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("id", "created_at", "payload", "top", "seen_at"), VALUES)
    ),
    max_size=5,
)


SINGLE = {"id", "created_at", "name", "type"}


def as_documented(value: Json) -> Json:
    """The same, but where the documents say one value there is one."""
    if isinstance(value, list):
        return [as_documented(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: None if name in SINGLE and isinstance(inner, (dict, list)) else as_documented(inner)
        for name, inner in value.items()
    }
