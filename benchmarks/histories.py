"""The connector on histories of several shapes and sizes, with personal data hidden, into DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from benchmarks.bench import Bench
from benchmarks.programs import CONNECTOR, INTO_DUCKDB
from benchmarks.results import Run, Runs, megabytes, middle, per_record, table
from benchmarks.service import serving

_HOT = 0.6
"""Share of the events that a backfill put into one hour."""
Case = tuple[Any, ...]
"""A service, the settings on top of its own, and the program, if not the connector."""


def hot(bench: Bench, rounds: int, events: int) -> Runs:
    """A history with most of its events in one hour."""
    with ExitStack() as stack:
        even = stack.enter_context(serving(events=events, latency=0.3))
        backfilled = stack.enter_context(serving(events=events, latency=0.3, hot_hour=_HOT))
        return _by_turns(bench, rounds, {"even": (even, {}), "hot": (backfilled, {})})


def hot_text(findings: Runs) -> str:
    ratio = middle(findings["hot"], "wall") / middle(findings["even"], "wall")
    return (
        "## A hot hour\n\n1 million records at 0.3 s a page, evenly over 90 days or 60 % of them in "
        f"one hour: {ratio:.2f} times the wall time.\n\n"
    ) + table(
        "history|wall|requests",
        ((n, _wall(r), f"{middle(r, 'requests'):.0f}") for n, r in findings.items()),
    )


def memory(bench: Bench, _: int, *sizes: int) -> Runs:
    """Peak memory of a small and a large history."""
    return _sizes(bench, 1, sizes, latency=0.3, num_workers=10)


def memory_text(findings: Runs) -> str:
    rows = ((f"{int(events):,}", megabytes(runs)) for events, runs in findings.items())
    return "## Memory\n\nTen workers, 0.3 s a page.\n\n" + table("records|peak", rows)


def linear(bench: Bench, _: int, *sizes: int) -> Runs:
    """Cost a record of a small and a large history."""
    return _sizes(bench, 2, sizes, latency=0.0)


def linear_text(findings: Runs) -> str:
    return (
        "## Linear\n\nThe budget of 600 requests a minute holds here too and bounds the wall time "
        "of the large history: 50 µs a record at best.\n\n"
    ) + table(
        "records|CPU a record|wall a record",
        ((f"{int(n):,}", _each(runs, "cpu"), _each(runs, "wall")) for n, runs in findings.items()),
    )


def privacy(bench: Bench, rounds: int, events: int) -> Runs:
    """Personal data kept, hashed and dropped."""
    modes = ("keep", "hash", "drop")
    key = {"hash": {"hash_key": "only for benchmarks"}}
    with serving(events=events, latency=0.3) as service:
        configs = {m: (service, {"personal_data": m, **key.get(m, {})}) for m in modes}
        return _by_turns(bench, rounds, configs)


def privacy_text(findings: Runs) -> str:
    keep = findings["keep"]
    rows = [
        (
            f"`{mode}`",
            _wall(runs),
            f"{middle(runs, 'wall') / middle(keep, 'wall'):.2f}",
            _each(runs, "cpu"),
            f"{per_record(runs, 'cpu') / per_record(keep, 'cpu'):.2f}",
        )
        for mode, runs in findings.items()
    ]
    head = "`personal_data`|wall|to `keep`|CPU a record|to `keep`"
    text = f"## Personal data\n\n{keep[0]['records']:,} events at 0.3 s a page.\n\n"
    return text + table(head, rows)


def duckdb(bench: Bench, rounds: int, events: int) -> Runs:
    """The roads into a DuckDB file, beside the bare read."""
    with serving(events=events, latency=0.3) as service:
        programs = {p.name: (service, {}, p) for p in INTO_DUCKDB}
        return _by_turns(bench, rounds, programs)


def duckdb_text(findings: Runs) -> str:
    bare = findings[CONNECTOR.name]
    rows = (
        (
            name,
            _wall(runs),
            f"{middle(runs, 'wall') / middle(bare, 'wall'):.2f}",
            _each(runs, "cpu"),
            megabytes(runs),
        )
        for name, runs in findings.items()
    )
    text = f"## Into DuckDB\n\n{bare[0]['records']:,} events at 0.3 s a page.\n\n"
    return text + table("program|wall|to the bare read|CPU a record|peak", rows)


def _sizes(
    bench: Bench, rounds: int, sizes: tuple[int, ...], latency: float, **config: object
) -> Runs:
    with ExitStack() as stack:
        services = {n: stack.enter_context(serving(events=n, latency=latency)) for n in sizes}
        return _by_turns(bench, rounds, {str(n): (one, config) for n, one in services.items()})


def _by_turns(bench: Bench, rounds: int, cases: Mapping[str, Case]) -> Runs:
    found: Runs = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (service, config, *program) in cases.items():
            found[name].append(bench.run(*program or [CONNECTOR], service, **config))
            print(name, found[name][-1], flush=True)
    return found


def _wall(runs: list[Run]) -> str:
    return f"{middle(runs, 'wall'):.1f} s"


def _each(runs: list[Run], figure: str) -> str:
    return f"{per_record(runs, figure):.1f} µs"
