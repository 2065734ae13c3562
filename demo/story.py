"""The demo, step by step. `python -m demo` starts it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from rich.console import Console

from demo import screen
from demo.service import GROWTH, Service, own_or_sandbox
from demo.warehouse import Warehouse

_WAIT = 10
"""Seconds for new activity; in the sandbox half of it settles at once."""


def tell(file: Path, events: int, private: Path) -> None:
    """All of it; RefusedError if the service does not play along."""
    console = Console(highlight=False)
    console.print(
        "\n[bold]From the Circle Data API into DuckDB[/]: a first sync, new activity, a second sync."
        "\nAbout a minute. Ctrl-C ends it and leaves nothing running."
    )
    warehouse = Warehouse(file)
    with own_or_sandbox(events, private) as service:
        _introduce(console, service, warehouse, events)
        _connect(console, service)

        screen.step(console, "Sync" if any(warehouse.rows().values()) else "First sync")
        _sync(console, service, warehouse)

        if service.is_sandbox:
            screen.step(console, "Wait for new activity")
            console.print(
                f"{GROWTH} new records a minute appear in the sandbox. A record is read once it is 5 "
                "seconds old (settling_period; a minute unless set): Circle may store an older one "
                "a little later, and it must not be missed."
            )
            screen.countdown(console, _WAIT)

        screen.step(console, "Second sync, from the state the first one left in the file")
        received, new = _sync(console, service, warehouse)
        screen.nothing_twice(console, received, new)

    screen.step(console, "What happens in this community")
    screen.bars(console, "most frequent events", warehouse.frequent_events(10))
    screen.bars(console, "members active on a day (UTC)", warehouse.active_members(14))
    _say_goodbye(console, file)


def _introduce(console: Console, service: Service, warehouse: Warehouse, events: int) -> None:
    if service.is_sandbox:
        warehouse.clear()
        screen.step(console, "Start the sandbox: a Circle Data API on this machine")
        console.print(
            f"A made-up community of 180 days, {events:,} events. (With CIRCLE_API_TOKEN in the "
            "environment, the demo reads your own.)\nThe connector's config:"
        )
    else:
        screen.step(console, "Your community")
        console.print(
            f"All there is goes into {warehouse.file}; what is in there already is not read again. "
            "CIRCLE_START_DATE=2026-01-01 leaves out what is older, CIRCLE_BASE_URL names another "
            "address. The connector's config:"
        )
    console.print(service.shown_config, style="cyan", markup=False)


def _connect(console: Console, service: Service) -> None:
    screen.step(console, "Check the connection, discover the streams")
    with console.status("source-circle-events check"):
        service.check()
    console.print("[green]✓[/] check: the API answers, and the token is good")
    with console.status("source-circle-events discover"):
        schemas = service.discover()
    console.print("[green]✓[/] discover:")
    screen.streams(console, schemas)


def _sync(console: Console, service: Service, warehouse: Warehouse) -> tuple[int, int]:
    """How many records were received, and how many rows are new."""
    console.print(
        f"python examples/sync_to_duckdb.py config.json {warehouse.file}",
        style="cyan",
        markup=False,
    )
    before, started = warehouse.rows(), time.monotonic()
    with console.status("starting the connector") as status:
        received = service.sync(warehouse.file, status.update)
    after, total = warehouse.rows(), sum(received.values())
    screen.received(console, before, received, after)
    console.print(
        f"[green]✓[/] {total:,} records in {time.monotonic() - started:.0f} s, "
        f"and the state with them, in {warehouse.file}"
    )
    return total, sum(after.values()) - sum(before.values())


def _say_goodbye(console: Console, file: Path) -> None:
    console.print(
        f"\n[bold]Yours to query: {file}[/] ({file.stat().st_size / 1e6:.0f} MB). "
        "Try one of the five in queries/:"
    )
    console.print(
        f"{os.path.relpath(sys.executable)} -c \"import duckdb; db = duckdb.connect('{file}'); "
        "print(db.sql(open('queries/most_active_spaces.sql').read()))\"\n",
        style="cyan",
        markup=False,
        soft_wrap=True,
    )
