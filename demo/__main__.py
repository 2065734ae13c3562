"""A first sync, new activity, a second sync, and charts of the result: `python -m demo`.

It reads a sandbox on this machine or, if CIRCLE_API_TOKEN is set, your community. CIRCLE_START_DATE and
CIRCLE_BASE_URL are passed to the connector too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
from rich.bar import Bar
from rich.console import Console, RenderableType
from rich.table import Table

from sandbox import Options, Sandbox

EXAMPLE = Path(__file__).parents[1] / "examples" / "sync_to_duckdb.py"
STREAMS = ("events", "member_visits", "tracker_events")
GROWTH = 300
"""New records a minute in the sandbox: a few seconds bring some to each stream."""
FREQUENT = "SELECT name, count(*) FROM events GROUP BY name ORDER BY 2 DESC, 1 LIMIT 10"
ACTIVE = """
    SELECT strftime(triggered_at, '%Y-%m-%d %a') AS day, count(DISTINCT member) FROM (
        SELECT triggered_at, payload->>'$.initiator.id' AS member FROM events
        UNION ALL SELECT triggered_at, community_member_id::VARCHAR FROM member_visits
        UNION ALL SELECT triggered_at, initiator->>'$.id' FROM tracker_events
    ) WHERE triggered_at IS NOT NULL GROUP BY day ORDER BY day DESC LIMIT 14"""
console = Console(highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    default = "out/circle.duckdb, replaced; for your community out/my-circle.duckdb, continued"
    parser.add_argument("--file", type=Path, help=f"the DuckDB file. Default: {default}")
    parser.add_argument("--events", type=int, default=30_000, help="events in the sandbox")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        demo(arguments.file, arguments.events)
    except KeyboardInterrupt:
        console.print("\nStopped. Nothing is left running.")
        sys.exit(130)


def demo(file: Path | None, events: int) -> None:
    console.print(
        "\n[bold]From the Circle Data API into DuckDB[/]: a first sync, new activity, a second sync."
        "\nAbout a minute. Ctrl-C stops it and leaves nothing running."
    )
    names = ("api_token", "base_url", "start_date")
    config = {name: value for name in names if (value := os.environ.get(f"CIRCLE_{name.upper()}"))}
    own = "api_token" in config
    file = file or Path("out", "my-circle.duckdb" if own else "circle.duckdb")
    file.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="circle-demo-")))
        if own:
            _step(f"Your community into {file}; what is there already is not read again")
        else:
            _step(f"Start the sandbox: a Circle Data API on this machine, {events:,} events")
            for old in (file, Path(f"{file}.wal")):
                old.unlink(missing_ok=True)
            few = events // 4
            options = Options(events=events, visits=few, tracker=few, days=180, growth=GROWTH)
            api = stack.enter_context(Sandbox(options))
            config = {**api.config(), "settling_period": "PT5S"}
            console.print("CIRCLE_API_TOKEN in the environment selects your community instead.")
            console.print(json.dumps(config, indent=2), style="cyan", markup=False)
        (folder / "config.json").write_text(json.dumps(config))

        _step("First sync")
        _sync(folder, file)
        if not own:
            _step("Wait for new activity")
            console.print(
                f"The sandbox adds {GROWTH} records a minute. The connector reads a record once it "
                "is 5 seconds old (settling_period), because an older one may be stored after it."
            )
            with console.status("10 seconds"):
                time.sleep(10)
        _step("Second sync, from the state in the file")
        received, new = _sync(folder, file)
        if received == new:
            console.print("[green]✓[/] Every record is a new row: nothing was read twice.")

    _step("What happens in this community")
    _chart("most frequent events", _ask(file, FREQUENT))
    _chart("members active on a day (UTC)", _ask(file, ACTIVE)[::-1])
    console.print(f"\n[bold]Query it yourself[/] ({file.stat().st_size / 1e6:.0f} MB):")
    query = f"import duckdb; db = duckdb.connect('{file}'); print(db.sql('FROM events LIMIT 5'))"
    command = f'{os.path.relpath(sys.executable)} -c "{query}"'
    console.print(command, style="cyan", markup=False, soft_wrap=True)


def _sync(folder: Path, file: Path) -> tuple[int, int]:
    """Run the example and show its progress; returns how many records came and how many are new."""
    console.print(f"python examples/sync_to_duckdb.py config.json {file}", style="cyan")
    started, before, said = time.monotonic(), _rows(file), ""
    command: list[str | Path] = [sys.executable, EXAMPLE, folder / "config.json", file]
    with (folder / "errors").open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        with console.status("starting the connector") as status:
            for line in process.stdout or ():
                status.update(line.rstrip())
                said += line
            process.wait()
    finally:
        process.terminate()  # if it has not ended
        process.wait()
    if process.returncode:
        console.print(f"✗ {(folder / 'errors').read_text().strip()}", markup=False)
        sys.exit(1)
    counts = re.findall(r"^(\w+): ([\d,]+) read, ", said, re.MULTILINE)
    received = {stream: int(count.replace(",", "")) for stream, count in counts}
    after = _rows(file)
    rows = [
        (name, f"{before[name]:,}", f"{received[name]:,}", f"{after[name]:,}") for name in STREAMS
    ]
    _table(("stream", "rows before", "received", "rows now"), rows)
    total = sum(received.values())
    console.print(f"[green]✓[/] {total:,} records in {time.monotonic() - started:.0f} s")
    return total, sum(after.values()) - sum(before.values())


def _rows(file: Path) -> dict[str, int]:
    tables = {name for (name,) in _ask(file, "SHOW TABLES")} if file.exists() else set()
    count = "SELECT count(*) FROM "
    return {s: _ask(file, count + s)[0][0] if s in tables else 0 for s in STREAMS}


def _ask(file: Path, query: str) -> list[Any]:
    """Opens the file for one query only, because the sync needs it for itself."""
    with duckdb.connect(file, read_only=True) as database:
        return database.execute(query).fetchall()


def _step(title: str) -> None:
    console.print(f"\n[bold blue]▶ {title}[/]")


def _chart(title: str, rows: list[tuple[str, int]]) -> None:
    console.print()
    most = max((count for _, count in rows), default=0)
    bars = [(name, f"{n:,}", Bar(most, 0, n, width=24, color="green")) for name, n in rows]
    _table((title, "", ""), bars)


def _table(titles: Sequence[str], rows: Iterable[Sequence[RenderableType]]) -> None:
    """Print a table in which all columns but the first are aligned to the right."""
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for number, title in enumerate(titles):
        table.add_column(title, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    main()
