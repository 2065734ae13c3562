"""The table: every program at every latency, taking turns."""

from __future__ import annotations

from benchmarks import programs, results
from benchmarks.programs import Program
from benchmarks.service import serving
from benchmarks.trial import Bench

LATENCIES = (0.0, 0.3, 1.0)
"""Seconds a page. 0: what the program itself costs; 0.3 and 1: what a service far away is like."""

_SLOW = 1.0
"""From this latency on, a program that asks for one page at a time runs once: it takes two minutes,
nearly all of them waiting, which no second run would show otherwise."""
_LOADED = 0.3
"""The one latency at which dlt also loads: what a load costs does not depend on it."""


def measure(bench: Bench, events: int, rounds: int) -> dict[str, list[results.Run]]:
    """Runs by turns, so that whatever else the machine does meets all alike."""
    found = {}
    for latency in LATENCIES:
        runs: list[results.Run] = []
        with serving(events=events, latency=latency) as service:
            for number in range(rounds):
                for program in _takes_part(latency, number):
                    runs.append(bench.run(program, service))
                    _say(latency, runs[-1])
        found[str(latency)] = runs
    return found


def _takes_part(latency: float, number: int) -> list[Program]:
    return [
        program
        for program in programs.ALL
        if (latency == _LOADED or program not in programs.LOADING)
        and (latency < _SLOW or number == 0 or program.parallel)
    ]


def _say(latency: float, run: results.Run) -> None:
    print(
        f"{latency:3.1f} s  {run['program']:40} {run['wall']:7.1f} s wall {run['cpu']:6.1f} s CPU "
        f"{run['peak'] / 1e6:5.0f} MB {run['requests']:4} requests  (others: {run['foreign']:.1f})",
        flush=True,
    )
