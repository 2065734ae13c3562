"""One small sandbox a test module, put back as it was after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asking import NOON, SMALL, Asker, at

from sandbox import Sandbox


@pytest.fixture(scope="module")
def shared() -> Iterator[Asker]:
    with Sandbox(SMALL) as api:
        yield Asker(api)


@pytest.fixture
def ask(shared: Asker) -> Iterator[Asker]:
    """The module's sandbox, with the options it started with again after each test."""
    options = shared.api.options()
    yield shared
    now = shared.api.options()
    changed = {name: value for name, value in options.items() if now[name] != value}
    if changed:
        shared.api.change(**changed)


@pytest.fixture
def fresh() -> Iterator[Asker]:
    """A sandbox whose clock stands just before the end of its history: nothing has grown yet."""
    with Sandbox(SMALL.changed({"clock_offset": at(NOON) - 10})) as api:
        yield Asker(api)
