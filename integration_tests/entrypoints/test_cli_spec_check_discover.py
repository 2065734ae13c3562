"""What users see of the connector before any record: its form, whether it works, and its columns.

- A change to form or columns is a change to every connection. It shows in the diff of the committed
  snapshots; `UPDATE_SNAPSHOTS=1`, as a variable of this test, writes them anew.
- `spec` is the CDK's own, and there at once.
- `check` asks once a stream, takes five seconds, and its sentence says what to do: a user who connects
  for the first time must tell a wrong address from a service that is not there without a log.
- Nothing that arrives is undeclared: a field that no catalog names never becomes a column, and nobody
  notices. There is always a catalog.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessageSerializer
from jsonschema import Draft7Validator

from harness.protocol import Message
from harness.streams import STREAMS, configured
from integration_tests.entrypoints.conftest import logged, rows_of
from sandbox import Options, Sandbox
from sandbox.data.content import member
from source_circle_events.schemas.event_types import event_types
from source_circle_events.schemas.schema_files import resolved
from source_circle_events.source import SourceCircleEvents

SNAPSHOTS = Path(__file__).parent / "snapshots"
NAMES = {event.name for event in (*event_types(), *event_types("tracker_events"))}


@pytest.fixture(scope="module")
def community():
    """A month that is always the same, with a record of every name."""
    with Sandbox(
        Options(events=3_000, visits=500, tracker=500, days=30, until="2026-01-01T00:00:00Z")
    ) as running:
        yield running


def assert_committed(name: str, content: Message) -> None:
    path = SNAPSHOTS / name
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text


def test_spec_is_the_committed_one_and_the_cdks_own_and_at_once(cli):
    output = cli.run("spec")
    assert output.run.cpu < 0.8
    assert output.run.seconds < 10
    assert_committed("spec.json", output.spec)
    (message,) = output.messages
    (line,) = AirbyteEntrypoint(SourceCircleEvents()).run(AirbyteEntrypoint.parse_args(["spec"]))
    # Loaded, since the CDK also writes the defaults of fields that are not set.
    assert AirbyteMessageSerializer.load(message) == AirbyteMessageSerializer.load(json.loads(line))


@pytest.mark.parametrize(
    ("base_url", "asked", "words"),
    [
        ("{origin}/data_api/v1", 3, []),
        ("{origin}/data_api/v1/v9", 1, ["404", "{origin}/data_api/v1/v9/events", "base_url"]),
        ("http://127.0.0.1:9/v1", 0, ["http://127.0.0.1:9 cannot be reached", "base_url"]),
    ],
)
def test_check_asks_once_and_tells_a_wrong_address_from_one_where_nobody_listens(
    cli, api, base_url, asked, words
):
    before = api.stats()["requests"]
    output = cli.run("check", api.config() | {"base_url": base_url.format(origin=api.origin)})
    status, sentence = output.status

    assert (output.code, output.errors, output.run.stderr) == (0, [], "")
    assert status == ("FAILED" if words else "SUCCEEDED")
    assert not [each for each in words if each.format(origin=api.origin) not in sentence]
    assert api.stats()["requests"] - before == asked
    # Where a request is answered nothing is waited for: CPU is not slowed by what runs beside.
    assert output.run.seconds < 25
    assert not asked or output.run.cpu < 5


def test_catalog_is_the_committed_one_and_fits_every_record_of_all_37_names(cli, community):
    before = community.stats()["requests"]
    discovered = cli.run("discover", community.config())
    assert len(community.requests(before)) == len(STREAMS)
    (message,) = discovered.of("CATALOG")
    assert_committed("catalog.json", message["catalog"])

    everything = rows_of(cli.run("read", community.config(), catalog=configured()))
    assert len(NAMES) == 37
    assert {row.get("name") for rows in everything.values() for row in rows} - {None} == NAMES
    assert everything.keys() == set(STREAMS)
    for stream, rows in everything.items():
        closed = {"additionalProperties": False}  # a destination drops undeclared fields
        schema = discovered.streams[stream]["json_schema"] | closed
        validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
        assert [error.message for row in rows for error in validator.iter_errors(row)] == []


@pytest.mark.parametrize("mode", ["keep", "hash"])
def test_undocumented_fields_are_text_columns_and_show_nobody(cli, community, mode):
    catalog = configured()
    for one in catalog["streams"]:
        one["stream"]["json_schema"] = resolved(one["stream"]["name"])
    community.change(undocumented=True)
    config = community.config() | {"personal_data": mode}
    config |= {"hash_key": "k" * 16} if mode == "hash" else {}
    discovered = cli.run("discover", config)
    output = cli.run("read", config, catalog=catalog)
    everything = rows_of(output)
    assert everything.keys() == set(STREAMS)
    for stream, rows in everything.items():
        columns = discovered.streams[stream]["json_schema"]["properties"]
        assert {name for row in rows for name in row} <= columns.keys()
        for new in ("source", "sequence"):
            assert columns[new] == {"type": ["null", "string"]}
        assert any(
            line.startswith(f"{stream}: Circle sent fields that the catalog does not declare")
            for line in logged(output, "WARN")
        )
    text = json.dumps(output.messages + discovered.messages, ensure_ascii=False)
    people = [member(Options().seed, number) for number in range(100)]
    for field in ("email", "public_uid", "name"):
        assert any(str(person[field]) in text for person in people) == (mode == "keep")
