"""The sections of docs/benchmarks.md: what is measured for each, and the columns of its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from benchmarks import columns
from benchmarks.columns import Column, each, middle, only
from benchmarks.programs import ALL, COMMANDS, CONNECTOR, INTO_DUCKDB, PLAIN, SYNCS, Program


@dataclass(frozen=True)
class Case:
    program: Program = CONNECTOR
    service: Mapping[str, Any] = field(default_factory=dict)
    """Options of the sandbox. Cases with the same ones share it."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """On top of the sandbox's; None takes a setting away."""
    rounds: int | None = None
    """How often it runs at most, if not as often as was asked for."""


@dataclass(frozen=True)
class Section:
    title: str
    text: str
    first: str
    """The title of the first column, which names the cases."""
    cases: Mapping[str, Case]
    """By turns, so that whatever else the machine does meets all alike."""
    columns: Mapping[str, Column]
    compared_with: str = ""
    """The name of a case; the first one if none."""


def _table(latency: float) -> Section:
    """From a second a page on, a program that asks for one page at a time runs once: it takes two
    minutes, nearly all of them waiting, which no second run would show otherwise."""
    service = {"events": 200_000, "latency": latency}
    rounds = 1 if latency >= 1 else None
    return Section(
        f"The table, {latency:g} s a page",
        "200,000 events over 90 days.",
        "program",
        {p.name: Case(p, service, rounds=None if p.parallel else rounds) for p in ALL},
        {
            "wall": columns.wall,
            "times as fast as plain": columns.times_as_fast,
            "CPU a record": middle(each("cpu"), "{:.0f} µs"),
            "CPU to plain": columns.to_cpu_each,
            "peak": columns.peak,
            "requests": columns.requests,
            "others": columns.others,
            "runs": columns.count,
        },
        PLAIN.name,
    )


def _history(events: int, latency: float = 0.3, **more: object) -> dict[str, Any]:
    return {"events": events, "latency": latency, **more}


SECTIONS = {
    "table-0": _table(0.0),
    "table-0.3": _table(0.3),
    "table-1": _table(1.0),
    "ceiling": Section(
        "At the service's limit",
        "4 million records at 0.3 s a page; full minutes. 600 requests a minute as documented, and half "
        "of it, as an account has that other clients use too.",
        "limit",
        {str(n): Case(service=_history(4_000_000, rate_limit=n), rounds=1) for n in (600, 300)},
        {
            "requests in each minute": only(lambda run: ", ".join(map(str, run["minutes"]))),
            "429s": only(lambda run: len(run["refused_at"])),
            "after two minutes": only(lambda run: sum(at > 120 for at in run["refused_at"])),
            "share": only(lambda run: f"{len(run['refused_at']) / run['requests']:.1%}"),
            "records a second": only(lambda run: f"{run['records'] / run['wall']:,.0f}"),
        },
    ),
    "hot": Section(
        "A hot hour",
        "1 million records at 0.3 s a page, evenly over 90 days or 60 % of them in one hour.",
        "history",
        {
            "even": Case(service=_history(1_000_000)),
            "hot": Case(service=_history(1_000_000, hot_hour=0.6)),
        },
        {
            "wall": columns.wall,
            "to even": columns.to_wall,
            "requests": columns.requests,
        },
    ),
    "memory": Section(
        "Memory",
        "Ten workers, 0.3 s a page.",
        "records",
        {
            f"{events:,}": Case(service=_history(events), config={"num_workers": 10}, rounds=1)
            for events in (200_000, 4_000_000)
        },
        {"peak": columns.peak},
    ),
    "linear": Section(
        "Linear",
        "The budget of 600 requests a minute holds here too and bounds the wall time of the large "
        "history: 50 µs a record at best.",
        "records",
        {f"{n:,}": Case(service=_history(n, 0.0), rounds=2) for n in (400_000, 4_000_000)},
        {
            "CPU a record": columns.cpu_each,
            "wall a record": middle(each("wall"), "{:.1f} µs"),
        },
    ),
    "duckdb": Section(
        "Into DuckDB",
        "200,000 events at 0.3 s a page.",
        "program",
        {program.name: Case(program, _history(200_000)) for program in INTO_DUCKDB},
        {
            "wall": columns.wall,
            "to the bare read": columns.to_wall,
            "CPU a record": columns.cpu_each,
            "peak": columns.peak,
        },
    ),
    "privacy": Section(
        "Personal data",
        "100,000 events at 0.3 s a page.",
        "`personal_data`",
        {
            f"`{mode}`": Case(
                service=_history(100_000), config={"personal_data": mode, "hash_key": key}
            )
            for mode, key in {"keep": None, "hash": "only for benchmarks", "drop": None}.items()
        },
        {
            "wall": columns.wall,
            "to `keep`": columns.to_wall,
            "CPU a record": columns.cpu_each,
            "CPU to `keep`": columns.to_cpu_each,
        },
    ),
    "small": Section(
        "A small community",
        "Two weeks old, 3,000 events, 1,500 visits and tracker events each, no `start_date`, 0.3 s a "
        "page.",
        "sync",
        {
            program.name: Case(
                program,
                _history(3000, visits=1500, tracker=1500, days=14),
                {"start_date": None},
                rounds=1,
            )
            for program in SYNCS
        },
        {
            "requests": only(lambda run: ", ".join(f"{p}: {n}" for p, n in run["paths"].items())),
            "records": only(lambda run: f"{run['records']:,}"),
            "wall": columns.wall,
        },
    ),
    "startup": Section(
        "Start-up",
        "Before a command does anything.",
        "command",
        {program.name: Case(program, {"events": 1000}) for program in COMMANDS},
        {
            "wall": middle(itemgetter("wall"), "{:.2f} s"),
            "CPU": middle(itemgetter("cpu"), "{:.2f} s"),
        },
    ),
}
