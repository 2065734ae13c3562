"""How the demo's steps look in a terminal, and in a file of a CI job."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.bar import Bar
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE = 100
"""Characters in a line from which on there is room for what a name means."""


def step(console: Console, title: str) -> None:
    console.print(f"\n[bold blue]▶ {title}[/]")


def streams(console: Console, schemas: Mapping[str, Mapping[str, Any]]) -> None:
    table = _table("stream", "columns")
    for name, schema in schemas.items():
        table.add_row(name, ", ".join(schema["properties"]))
    console.print(table)


def received(
    console: Console,
    before: Mapping[str, int],
    received: Mapping[str, int],
    after: Mapping[str, int],
) -> None:
    table = _table("stream", ">rows before", ">received", ">rows now")
    for stream, count in after.items():
        got = f"[bold]{received.get(stream, 0):,}[/]"
        table.add_row(stream, f"{before[stream]:,}", got, f"{count:,}")
    console.print(table)


def nothing_twice(console: Console, received: int, new: int) -> None:
    """That a sync brought new rows and nothing else."""
    if not received:
        console.print("Nothing new has come since the first sync, and nothing old was read again.")
    elif received > new:
        console.print(f"[red]{received - new:,} of the records received were there before.[/]")
    else:
        console.print("[green]✓[/] Every record received is a new row: nothing was read twice.")


def countdown(console: Console, seconds: int) -> None:
    with console.status("") as status:
        for left in range(seconds, 0, -1):
            status.update(f"{left} s")
            time.sleep(1)


def bars(console: Console, title: str, rows: Sequence[tuple[int, str, str]]) -> None:
    """A bar chart: how many of what, and, where there is room, what that means."""
    wide = console.width >= _WIDE
    table = _table(">", "", title, *([""] if wide else []))
    for column in table.columns[:3]:
        column.no_wrap = True
    most = max((count for count, _, _ in rows), default=0)
    for count, name, meaning in rows:
        aside = [Text(meaning, style="dim", no_wrap=True, overflow="ellipsis")] if wide else []
        table.add_row(f"{count:,}", Bar(most, 0, count, width=24, color="green"), name, *aside)
    console.print()
    console.print(table)


def _table(*titles: str) -> Table:
    """A plain table; a title that begins with `>` has its column to the right."""
    table = Table(box=None, pad_edge=True, header_style="dim", padding=(0, 2, 0, 0))
    for title in titles:
        right = title.startswith(">")
        table.add_column(title.removeprefix(">"), justify="right" if right else "left")
    return table
