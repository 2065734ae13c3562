"""What users see of the connector before the first record: the form, the check and the columns.

- A change to form or columns changes every connection, so it must show in the diff of the committed
  snapshots. Run this test with `UPDATE_SNAPSHOTS=1` in the environment to write them again.
- `spec` prints what the CDK would, and starts fast.
- `check` sends one request for each stream and its message says what to do: without reading a log, a
  user can tell a wrong address from a server that cannot be reached.
- Every field of every record is declared in the catalog, because destinations drop other fields.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import requests
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
    options = Options(events=3_000, visits=500, tracker=500, days=30, until="2026-01-01T00:00:00Z")
    with Sandbox(options) as running:
        yield running


def assert_committed(name: str, content: Message) -> None:
    path = SNAPSHOTS / name
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text


def test_spec_is_the_committed_one_and_the_cdks_own_and_fast(cli):
    output = cli.run("spec")
    assert output.run.cpu < 0.8
    assert output.run.seconds < 10
    assert_committed("spec.json", output.spec)
    (message,) = output.messages
    (line,) = AirbyteEntrypoint(SourceCircleEvents()).run(AirbyteEntrypoint.parse_args(["spec"]))
    # Parsed, because the CDK also writes the defaults of fields that are not set.
    assert AirbyteMessageSerializer.load(message) == AirbyteMessageSerializer.load(json.loads(line))


@pytest.mark.parametrize(
    ("base_url", "asked", "words"),
    [
        ("{origin}/data_api/v1", 3, []),
        ("{origin}/data_api/v1/v9", 1, ["404", "{origin}/data_api/v1/v9/events", "base_url"]),
        ("http://127.0.0.1:9/v1", 0, ["http://127.0.0.1:9 cannot be reached", "base_url"]),
    ],
)
def test_check_asks_once_and_tells_a_wrong_address_from_an_unreachable_one(
    cli, api, base_url, asked, words
):
    before = api.stats()["requests"]
    output = cli.run("check", api.config() | {"base_url": base_url.format(origin=api.origin)})
    status, sentence = output.status

    assert (output.code, output.errors, output.run.stderr) == (0, [], "")
    assert status == ("FAILED" if words else "SUCCEEDED")
    assert not [each for each in words if each.format(origin=api.origin) not in sentence]
    assert api.stats()["requests"] - before == asked
    # CPU time, because it does not depend on what else runs on this machine.
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


def test_undocumented_fields_are_text_columns_and_identify_nobody(cli, community):
    catalog = configured()
    for one in catalog["streams"]:
        one["stream"]["json_schema"] = resolved(one["stream"]["name"])
    community.change(undocumented=True)
    config = community.config() | {"personal_data": "hash", "hash_key": "k" * 16}
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
    written = json.dumps(output.messages + discovered.messages, ensure_ascii=False)
    headers = {"Authorization": f"Bearer {community.token}"}
    sent = str(requests.get(f"{community.base_url}/events", headers=headers, timeout=30).json())
    people = [member(number) for number in range(100)]
    for field in ("email", "public_uid", "name"):
        values = [str(person[field]) for person in people]
        assert any(value in sent for value in values)
        assert not [value for value in values if value in written]
