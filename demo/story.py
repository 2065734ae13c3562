"""The demo, step by step. `python -m demo` starts it."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from demo import screen
from demo.group import hold_lifeline
from demo.service import GROWTH, RefusedError, Service, own_community, start_sandbox
from demo.warehouse import Warehouse

_WAIT = 10
"""Seconds for new activity; in the sandbox half of it settles at once."""


def main() -> int:
    hold_lifeline()
    file, events, private = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    log = _errors_into(file.with_suffix(".log"))
    console = Console(highlight=False)
    try:
        _tell(console, file, events, private)
    except RefusedError as error:
        text = str(error)
    except Exception as error:  # noqa: BLE001  (whatever it is, the user gets a sentence)
        text = f"The demo failed: {type(error).__name__}: {error}"
        traceback.print_exc()
    else:
        return 0
    console.print(f"\n[bold red]✗[/] {escape(text)}\nThe log is {log}.")
    return 1


def _tell(console: Console, file: Path, events: int, private: Path) -> None:
    console.print(
        "\n[bold]From the Circle Data API into DuckDB[/]: a first sync, new activity, a second sync."
        "\nAbout a minute. Ctrl-C ends it and leaves nothing running."
    )
    warehouse = Warehouse(file)
    service = _find_service(console, warehouse, events, private)
    _connect(console, service)

    before = warehouse.rows()
    screen.step(console, "First sync" if not any(before.values()) else "Sync")
    _sync(console, service, warehouse)

    if service.is_sandbox:
        screen.step(console, "Wait for new activity")
        console.print(
            f"{GROWTH} new records a minute appear in the sandbox. A record is read once it is "
            "5 seconds old (settling_period; a minute unless set): Circle may store an older one a "
            "little later, and it must not be missed."
        )
        screen.countdown(console, _WAIT)

    screen.step(console, "Second sync, from the state the first one left in the file")
    before = warehouse.rows()
    received = _sync(console, service, warehouse)
    screen.growth(console, before, received, warehouse.rows())

    screen.step(console, "What happens in this community")
    screen.frequent_events(console, warehouse.frequent_events(10))
    screen.active_members(console, warehouse.daily_active_members())
    _say_goodbye(console, warehouse)


def _find_service(console: Console, warehouse: Warehouse, events: int, private: Path) -> Service:
    service = own_community(private)
    if service:
        screen.step(console, "Your community")
        console.print(
            f"All there is goes into {warehouse.file}; what is in there already is not read again. "
            "CIRCLE_START_DATE=2026-01-01 leaves out what is older, CIRCLE_BASE_URL names another "
            "address. The connector's config:"
        )
    else:
        screen.step(console, "Start the sandbox: a Circle Data API on this machine")
        for old in (warehouse.file, Path(f"{warehouse.file}.wal")):
            old.unlink(missing_ok=True)
        with console.status("starting"):
            service = start_sandbox(events, private)
        console.print(
            f"A made-up community of 180 days, {events:,} events. (With CIRCLE_API_TOKEN in the "
            "environment, the demo reads your own.)\nThe connector's config:"
        )
    console.print(service.shown_config, style="cyan", markup=False)
    return service


def _connect(console: Console, service: Service) -> None:
    screen.step(console, "Check the connection, discover the streams")
    with console.status("source-circle-events check"):
        service.check()
    console.print("[green]✓[/] check: the API answers, and the token is good")
    with console.status("source-circle-events discover"):
        schemas = service.discover()
    console.print("[green]✓[/] discover:")
    screen.streams(console, schemas)


def _sync(console: Console, service: Service, warehouse: Warehouse) -> dict[str, int]:
    console.print(
        f"python examples/sync_to_duckdb.py config.json {warehouse.file}",
        style="cyan",
        markup=False,
    )
    started = time.monotonic()
    with console.status("starting the connector") as status:
        received = service.sync(warehouse.file, status.update)
    screen.received(console, received, warehouse.rows())
    console.print(
        f"[green]✓[/] {sum(received.values()):,} records in {time.monotonic() - started:.0f} s, "
        f"and the state with them, in {warehouse.file}"
    )
    return received


def _say_goodbye(console: Console, warehouse: Warehouse) -> None:
    python = os.path.relpath(sys.executable)
    console.print(
        f"\n[bold]Yours to query: {warehouse.file}[/] "
        f"({warehouse.file.stat().st_size / 1e6:.0f} MB). Try one of the five in queries/:"
    )
    console.print(
        f"{python} -c \"import duckdb; db = duckdb.connect('{warehouse.file}'); "
        "print(db.sql(open('queries/most_active_spaces.sql').read()))\"\n",
        style="cyan",
        markup=False,
        soft_wrap=True,
    )


def _errors_into(log: Path) -> Path:
    """What the connector and Python have to say aside goes there, not into the story."""
    with log.open("a") as file:  # not "w": the lock of `demo.__main__` is on this file
        file.truncate(0)
        os.dup2(file.fileno(), sys.stderr.fileno())
    return log


if __name__ == "__main__":
    sys.exit(main())
