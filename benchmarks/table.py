"""The table: every program at every latency, taking turns."""

from __future__ import annotations

from benchmarks import programs
from benchmarks.bench import Bench
from benchmarks.programs import Program
from benchmarks.results import Run, Runs, megabytes, middle, per_record, table
from benchmarks.service import serving

LATENCIES = (0.0, 0.3, 1.0)
"""Seconds a page. 0: what the program itself costs; 0.3 and 1: what a service far away is like."""
_SLOW = 1.0
"""From this latency on, a program that asks for one page at a time runs once: it takes two minutes,
nearly all of them waiting, which no second run would show otherwise."""
_HEAD = "program|wall|times as fast as plain|CPU a record|CPU to plain|peak|requests|others|runs"


def measure(bench: Bench, rounds: int, events: int) -> Runs:
    """Every program at every latency (the default).

    By turns, so that whatever else the machine does meets all alike.
    """
    found: Runs = {}
    for latency in LATENCIES:
        runs = found[str(latency)] = []
        with serving(events=events, latency=latency) as service:
            for number in range(rounds):
                for program in programs.ALL:
                    if _takes_part(program, latency, number):
                        runs.append(bench.run(program, service))
                        print(latency, runs[-1], flush=True)
    return found


def _takes_part(program: Program, latency: float, number: int) -> bool:
    return latency < _SLOW or number == 0 or program.parallel


def text(findings: Runs) -> str:
    text = "## The table\n\n![Records a second against latency](benchmarks.svg)\n"
    for latency, runs in findings.items():
        mine = {p.name: [run for run in runs if run["program"] == p.name] for p in programs.ALL}
        plain = mine[programs.PLAIN.name]
        rows = [_row(name, found, plain) for name, found in mine.items() if found]
        text += f"\n### {float(latency):g} s a page, {runs[0]['records']:,} events over 90 days\n\n"
        text += table(_HEAD, rows)
    return text


def _row(name: str, runs: list[Run], plain: list[Run]) -> tuple[object, ...]:
    wall, cpu = middle(runs, "wall"), per_record(runs, "cpu")
    return (
        f"**{name}**" if name == programs.CONNECTOR.name else name,
        f"{wall:.1f} s",
        f"{middle(plain, 'wall') / wall:.1f}",
        f"{cpu:.0f} µs",
        f"{cpu / per_record(plain, 'cpu'):.2f}",
        megabytes(runs),
        f"{middle(runs, 'requests'):.0f}",
        f"{middle(runs, 'foreign'):.1f}",
        len(runs),
    )
