"""The source in this process, through the CDK's own entrypoint, against answers a test gives."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStateMessage, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput, read
from airbyte_cdk.test.state_builder import StateBuilder

from source_circle_events import source
from source_circle_events.source import SourceCircleEvents

API = "https://circle.test/data_api/v1"
EVENTS = f"{API}/events"
START = "2025-01-01T00:00:00Z"
CONFIG = {"api_token": "secret-token", "base_url": API}
CATALOG = CatalogBuilder().with_stream("events", SyncMode.incremental).build()

Row = dict[str, Any]
Read = Callable[..., EntrypointOutput]


@pytest.fixture
def http() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries at once."""
    for name in ("SYNC", "COMMAND"):
        monkeypatch.setattr(source, name, replace(getattr(source, name), first_wait=0.0))


@pytest.fixture
def read_events() -> Read:
    """Reads `events` with `config` on top of a token and a base URL, from a state if one is given."""

    def run(state: str | None = None, failing: bool = False, **config: Any) -> EntrypointOutput:
        states = states_of(state) if state else None
        settings = CONFIG | config
        source = SourceCircleEvents(catalog=CATALOG, config=settings, state=states)
        logging.getLogger("airbyte").setLevel(logging.INFO)
        return read(source, settings, CATALOG, states, expecting_exception=failing)

    return run


def states_of(created_at: str) -> list[AirbyteStateMessage]:
    """What a sync of `events` saved that came to `created_at`."""
    return StateBuilder().with_stream_state("events", {"created_at": created_at}).build()


_numbers = itertools.count()


def event(created_at: str | datetime, **fields: Any) -> Row:
    """An event stored at `created_at`."""
    text = created_at if isinstance(created_at, str) else f"{created_at:%Y-%m-%dT%H:%M:%S.%fZ}"
    return {
        "id": f"00000000-0000-4000-8000-{next(_numbers):012d}",
        "name": "post.liked",
        "triggered_at": text,
        "created_at": text,
        "version": "1",
        "payload": {},
    } | fields


def page(*rows: Row, next_page: str | None = None) -> dict[str, Any]:
    """An answer for requests-mock."""
    pagination = {"next_page_uri": next_page} if next_page else {}
    return {"json": {"pagination": pagination, "events": list(rows)}}


def ids(output: EntrypointOutput) -> list[str]:
    return [message.record.data["id"] for message in output.records]


def now() -> datetime:
    return datetime.now(UTC)
