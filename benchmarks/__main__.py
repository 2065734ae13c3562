"""`python -m benchmarks [SECTION ...]` measures and writes the sections of docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks import programs
from benchmarks.measure import Case, Run, in_turns, sandbox
from harness.connector import manifest_alone, package
from harness.pages import table
from harness.process import Kill
from harness.protocol import last_states
from harness.streams import ROOT, configured

PAGE = ROOT / "docs" / "benchmarks.md"


def peers(rounds: int, scale: float) -> str:
    service = {"events": 200_000}
    cases = {name: Case(program, service) for name, program in programs.PEERS.items()}
    return against_plain("200,000 events", cases, (0.3, 1), rounds, scale)


def cloud(rounds: int, scale: float) -> str:
    service = {"events": 100_000, "days": 900}
    cases = {
        "**manifest alone**": Case(programs.MANIFEST, service, {"start_date": None}),
        programs.PLAIN: Case(programs.PEERS[programs.PLAIN], service),
    }
    return against_plain("100,000 events", cases, (0.3, 1, 2), rounds, scale)


def against_plain(
    title: str, cases: Mapping[str, Case], latencies: tuple[float, ...], rounds: int, scale: float
) -> str:
    """Seconds, and how many times as fast as the plain manifest that is, for each latency."""
    # From 1 s a page on, the plain manifest mostly waits, for minutes: one run is enough.
    columns = [
        in_turns(cases, rounds if latency < 1 else 1, scale, latency=latency)
        for latency in latencies
    ]
    rows = []
    for name in cases:
        cells = [
            f"{wall(runs[name]):.1f} s ({wall(runs[programs.PLAIN]) / wall(runs[name]):.1f}x)"
            for runs in columns
        ]
        first = columns[0][name]
        ratio = f"{cpu(first) / cpu(columns[0][programs.PLAIN]):.2f}"
        rows.append((name, *cells, microseconds(first), ratio, peak(first)))
    heads = [f"{latency:g} s a page" for latency in latencies]
    return table((title, *heads, "CPU a record", "to plain", "peak"), rows, "--:")


def killed(_: int, scale: float) -> str:
    events = int(150_000 * scale)
    rows = []
    with sandbox({"events": events, "days": 900, "latency": 0.3}) as (client, config):
        del config["start_date"]
        for name, connector in (("package", package), ("manifest alone", manifest_alone)):
            with tempfile.TemporaryDirectory(prefix="circle-bench-") as folder:
                run = connector(Path(folder))
                catalog = configured("events")
                kill = Kill(int(events * 0.6), 0, signal.SIGKILL)
                first = run.attempt("read", config, catalog=catalog, kill=kill)
                second = run.run("read", config, catalog=catalog, state=last_states([first]))
            before, after = ({*output.ids["events"]} for output in (first, second))
            if before | after != client.ids().keys():
                raise SystemExit(f"{name}: not exactly the sandbox's ids after the kill")
            again = len(before & after)
            rows.append((name, f"{len(before):,}", f"{again:,}", f"{again / events:.0%}"))
    return table(("150,000 events", "before the kill", "read again", "of all"), rows, "--:")


def hot(_: int, scale: float) -> str:
    service = {"events": 1_000_000, "latency": 0.3}
    cases = {
        "spread over 90 days": Case(programs.PACKAGE, service),
        "60 % in one hour": Case(programs.PACKAGE, {**service, "hot_hour": 0.6}),
    }
    return against_first("1 million events", cases, 1, scale)


def large(_: int, scale: float) -> str:
    service, workers = {"latency": 0.3, "rate_limit": 600}, {"num_workers": 10}
    cases = {
        f"{events:,}": Case(programs.PACKAGE, {**service, "events": events}, workers)
        for events in (200_000, 2_000_000)
    }
    return against_first("events", cases, 1, scale)


def duckdb(rounds: int, scale: float) -> str:
    service = {"events": 200_000, "latency": 0.3}
    cases = {name: Case(program, service) for name, program in programs.INTO_DUCKDB.items()}
    return against_first("200,000 events", cases, rounds, scale)


def against_first(title: str, cases: Mapping[str, Case], rounds: int, scale: float) -> str:
    rows = []
    found = in_turns(cases, rounds, scale)
    first = wall(next(iter(found.values())))
    for name, runs in found.items():
        ratio = f"{wall(runs) / first:.2f}"
        cells = (f"{wall(runs):.1f} s", ratio, microseconds(runs), peak(runs), runs[0].requests)
        rows.append((name, *cells))
    titles = (title, "wall", "ratio", "CPU a record", "peak", "requests")
    return table(titles, rows, "--:")


def startup(rounds: int, _: float) -> str:
    cases = {name: Case(program, {"events": 1000}) for name, program in programs.COMMANDS.items()}
    rows = [
        (name, f"{wall(runs):.2f} s", f"{cpu(runs):.2f} s")
        for name, runs in in_turns(cases, rounds, 1).items()
    ]
    return table(("command", "wall", "CPU"), rows, "--:")


SECTIONS = {
    "peers": ("Compared with other tools", peers),
    "cloud": ("The manifest alone with default settings", cloud),
    "hot": ("A hot hour", hot),
    "large": ("Memory and large histories", large),
    "duckdb": ("Into DuckDB", duckdb),
    "startup": ("Start-up", startup),
    # Last: it reads whole outputs, and Linux counts the memory of this process towards later peaks.
    "killed": ("A killed sync", killed),
}


def wall(runs: list[Run]) -> float:
    return median(run.wall for run in runs)


def cpu(runs: list[Run]) -> float:
    return median(run.cpu for run in runs)


def microseconds(runs: list[Run]) -> str:
    return f"{cpu(runs) / runs[0].records * 1e6:.0f} µs"


def peak(runs: list[Run]) -> str:
    return f"{max(run.peak for run in runs) / 1e6:.0f} MB"


def write(title: str, found: str) -> None:
    """Replace the table and the date of a section; the text above the table stays."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    dated = f"{found}\n<sub>Measured {datetime.now(UTC):%Y-%m-%d}: {machine}.</sub>\n"
    before, heading, rest = PAGE.read_text().partition(f"\n## {title}\n")
    if not heading:
        raise ValueError(f"{PAGE} has no section {title!r}")
    section, following, after = rest.partition("\n## ")
    text = section.partition("\n|")[0].rstrip()
    PAGE.write_text(f"{before}{heading}{text}\n\n{dated}{following}{after}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of: {', '.join(SECTIONS)}")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each (default: 2)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the histories; not 1: no page")
    arguments = parser.parse_args()
    if unknown := {*arguments.sections} - SECTIONS.keys():
        parser.error(f"unknown section: {', '.join(unknown)}")
    programs.install()
    for name in arguments.sections or SECTIONS:
        title, measure = SECTIONS[name]
        found = measure(arguments.rounds, arguments.scale)
        print(f"\n{title}\n\n{found}", flush=True)
        if arguments.scale == 1:
            write(title, found)


if __name__ == "__main__":
    main()
