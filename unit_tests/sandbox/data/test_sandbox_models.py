"""Objects are of the documented models and agree with each other; new fields come where they should."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from asking import Asker

_MODELS = Path(__file__).parents[3] / "source_circle_events" / "schemas" / "models"


def test_objects_are_of_the_documented_models_and_agree(ask: Asker) -> None:
    schemas = {path.stem: json.loads(path.read_text()) for path in _MODELS.glob("*.json")}
    validators = {
        name: jsonschema.Draft7Validator(schema | {"additionalProperties": False})
        for name, schema in schemas.items()
    }
    seen = set()
    for record in ask.page():
        payload = record["payload"]
        for value in payload.values():
            assert list(validators[value["type"]].iter_errors(value)) == []
            seen.add(value["type"])
        if "comment" in payload:
            assert payload["comment"]["post_id"] == payload["posts_basic"]["id"]
        for key in ("posts_basic", "posts_event", "section", "space_member"):
            if key in payload and "space" in payload:
                assert payload[key]["space_id"] == payload["space"]["id"]
    assert seen == set(schemas)


@pytest.mark.parametrize(
    ("stream", "holder"),
    [
        ("events", "payload"),
        ("analytics_tracker_events", "properties"),
        ("member_visits", None),
    ],
)
def test_undocumented_fields(ask: Asker, stream: str, holder: str | None) -> None:
    ask.api.change(undocumented=True)
    records = ask.page(stream)
    assert {"source", "sequence"} <= set(records[0])
    inside = [record[holder] if holder else record for record in records]
    assert inside[0]["workflow"]["type"] == "Workflow"
    assert inside[0]["context"]["depth"]["team"]["lead"]["person"]["type"] == "CommunityMember"
    assert len({type(one["score"]) for one in inside}) >= 5
