"""The sandboxes that these tests share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.connector import Connector, package
from sandbox import Options, Sandbox

# The history ended 40 minutes ago, so that the settling period (a minute) hides none of it, and the
# service's clock is half an hour behind. `NEW_ACTIVITY` puts it right: then half an hour's rows have
# come at once, all but the last minute's settled.
PAST: dict[str, Any] = {
    "until": (datetime.now(UTC) - timedelta(minutes=40)).isoformat(),
    "clock_offset": -1800.0,
}
NEW_ACTIVITY: dict[str, Any] = {"growth": 120.0, "clock_offset": 0.0}
SMALL = Options(events=5_000, visits=1_000, tracker=1_000, **PAST)


@pytest.fixture(scope="session")
def service() -> Iterator[Sandbox]:
    """7,000 records over two years. Tests use `api`, which puts its options back."""
    with Sandbox(SMALL) as running:
        yield running


@pytest.fixture
def api(service: Sandbox) -> Iterator[Sandbox]:
    options = service.options()
    yield service
    now = service.options()
    if changed := {name: value for name, value in options.items() if now[name] != value}:
        service.change(**changed)


@pytest.fixture
def growing() -> Iterator[Sandbox]:
    """One of its own, for a test that makes `NEW_ACTIVITY`: what has come does not go away again."""
    with Sandbox(SMALL) as running:
        yield running


@pytest.fixture
def console(tmp_path: Path) -> Connector:
    """The console script of the installed package."""
    return package(tmp_path)
