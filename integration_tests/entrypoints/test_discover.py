"""`discover`: nothing that arrives is undeclared, and there is always an answer.

A field that no catalog names never becomes a column, and nobody notices.
"""

from __future__ import annotations

from harness.connector import Connector
from harness.protocol import Message
from harness.streams import STREAMS, configured
from sandbox import Options, Sandbox
from source_circle_events.schemas.catalogue import event_types, tracker_event_types
from source_circle_events.schemas.documents import resolved
from unit_tests.schemas.samples import strict, unfit

NAMES = {event.name for event in (*event_types(), *tracker_event_types())}
COMMUNITY = Options(events=3_000, visits=500, tracker=500, days=30)


def records(console: Connector, api: Sandbox) -> dict[str, list[Message]]:
    """stream -> everything there is to read."""
    read = console.run("read", api.config(), catalog=configured())
    found: dict[str, list[Message]] = {stream: [] for stream in STREAMS}
    for message in read.of("RECORD"):
        found[message["record"]["stream"]].append(message["record"]["data"])
    return found


def test_every_record_of_all_37_names_fits_with_nothing_undeclared(console: Connector) -> None:
    with Sandbox(COMMUNITY) as api:
        discovered = console.run("discover", api.config())
        assert len(api.requests()) == len(STREAMS)
        everything = records(console, api)
    assert len(NAMES) == 37
    assert {row.get("name") for rows in everything.values() for row in rows} - {None} == NAMES
    for stream, rows in everything.items():
        assert unfit(strict(discovered.streams[stream]["json_schema"]), rows) == []
        assert unfit(resolved(stream), rows) == []


def test_undocumented_fields_are_declared_and_so_fit(console: Connector) -> None:
    with Sandbox(COMMUNITY) as api:
        api.change(undocumented=["all"])
        discovered = console.run("discover", api.config())
        everything = records(console, api)
    for stream, rows in everything.items():
        schema = discovered.streams[stream]["json_schema"]
        assert rows
        assert unfit(strict(schema), rows) == []
        columns = schema["properties"]
        assert columns["source"]["type"] == ["null", "string"]
        assert columns["sequence"]["type"] == ["null", "integer"]
        holder = {"events": "payload", "tracker_events": "properties"}.get(stream)
        inner = columns[holder]["properties"] if holder else columns
        assert inner["workflow"]["properties"].keys() == {"type", "id", "title", "enabled"}
        assert {"number", "string", "object"} <= set(inner["score"]["type"])
        team = inner["context"]["properties"]["depth"]["properties"]["team"]["properties"]
        assert team["lead"]["properties"]["person"]["properties"]["email"]["format"] == "email"
        assert "slug" in team["spaces"]["items"]["properties"]


def test_a_wrong_token_leaves_the_documented_schema_and_a_warning(
    console: Connector, api: Sandbox
) -> None:
    api.change(fault=["401"])
    discovered = console.run("discover", api.config())
    assert (discovered.code, discovered.errors) == (0, [])
    for stream in STREAMS:
        assert discovered.streams[stream]["json_schema"] == resolved(stream)
    warnings = [m["log"]["message"] for m in discovered.of("LOG") if m["log"]["level"] == "WARN"]
    assert all(any(f'"{stream}"' in warning for warning in warnings) for stream in STREAMS)
