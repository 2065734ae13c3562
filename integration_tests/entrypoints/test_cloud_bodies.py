"""The manifest alone under bodies that are no page, or are written as few parsers expect.

All is read, or it fails loudly and the next sync reads the rest. The filters read a body leniently, the
decoder strictly, and gives nothing where it fails: one such page once ended its window early, with exit
0 and the state past the records that were not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.test import entrypoint_wrapper
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from harness.streams import MANIFEST, configured
from sandbox import Options, Sandbox

RETRIED = ("html", "empty", "cut", "list", "no_events", "null_events", "bom")
"""Seen to be no page, and asked for again."""
READABLE = ("nan", "control", "pretty")
UNREADABLE = ("bad_byte", "latin1", "utf16")
"""Read by the filters, and not by the decoder."""


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    until = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    with Sandbox(Options(events=3_000, visits=0, tracker=0, days=30, until=until)) as running:
        yield running


def read(api: Sandbox, states: Sequence[Any] = ()) -> tuple[EntrypointOutput, set[str]]:
    """What the manifest alone puts out, by the CDK in this process, and the ids of its records."""
    catalog = ConfiguredAirbyteCatalogSerializer.load(configured("events"))
    source = ConcurrentDeclarativeSource(catalog, api.config(), [*states], source_config=MANIFEST)
    output = entrypoint_wrapper.read(source, api.config(), catalog, [*states])
    return output, {message.record.data["id"] for message in output.records}


@pytest.mark.parametrize("kind", [*RETRIED, *READABLE, *UNREADABLE])
def test_given_one_strange_body_then_all_is_read_or_the_next_sync_reads_it(
    kind: str, api: Sandbox
) -> None:
    api.change(fault=[f"{kind},after=2,times=1"])
    wanted = api.ids("events").keys()

    first, got = read(api)

    if kind not in UNREADABLE:
        assert (first.errors, got) == ([], wanted)
        return
    assert any("no JSON in UTF-8" in error.trace.error.message for error in first.errors)
    assert api.token not in str([*first.logs, *first.errors])
    second, rest = read(api, [message.state for message in first.state_messages[-1:]])
    assert second.errors == []
    assert got | rest == wanted
