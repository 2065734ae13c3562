"""Each measurement as a section of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from benchmarks import programs
from benchmarks.results import Run, middle, per_record

Findings = dict[str, Any]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def _megabytes(runs: list[Run]) -> str:
    return f"{max(run['peak'] for run in runs) / 1e6:.0f} MB"


def _table_section(findings: Findings) -> str:
    text = "## The table\n\n![Records a second against latency](benchmarks.svg)\n"
    for latency, runs in findings.items():
        plain = [run for run in runs if run["program"] == programs.PLAIN.name]
        rows = []
        for program in programs.ALL:
            mine = [run for run in runs if run["program"] == program.name]
            if not mine:
                continue
            wall, cpu = middle(mine, "wall"), per_record(mine, "cpu")
            rows.append(
                (
                    f"**{program.name}**" if program is programs.CONNECTOR else program.name,
                    f"{wall:.1f} s",
                    f"{middle(plain, 'wall') / wall:.1f}",
                    f"{cpu:.0f} µs",
                    f"{cpu / per_record(plain, 'cpu'):.2f}",
                    _megabytes(mine),
                    f"{middle(mine, 'requests'):.0f}",
                    f"{middle(mine, 'foreign'):.1f}",
                    len(mine),
                )
            )
        text += f"\n### {float(latency):g} s a page, {runs[0]['records']:,} events over 90 days\n\n"
        text += _table(
            (
                "program",
                "wall",
                "times as fast as plain",
                "CPU a record",
                "CPU to plain",
                "peak",
                "requests",
                "others",
                "runs",
            ),
            rows,
        )
    return text


def _ceiling(findings: Findings) -> str:
    text = "## At the service's limit\n\n4 million records at 0.3 s a page; full minutes.\n\n"
    rows = []
    for limit, run in findings.items():
        late = [moment for moment in run["refused_at"] if moment > 120]
        rows.append(
            (
                limit,
                ", ".join(map(str, run["minutes"])),
                len(run["refused_at"]),
                len(late),
                f"{len(run['refused_at']) / run['requests']:.1%}",
                f"{run['records'] / run['wall']:,.0f}",
            )
        )
    return text + _table(
        (
            "limit",
            "requests in each minute",
            "429s",
            "after two minutes",
            "share",
            "records a second",
        ),
        rows,
    )


def _hot(findings: Findings) -> str:
    rows = [
        (name, f"{middle(runs, 'wall'):.1f} s", f"{middle(runs, 'requests'):.0f}")
        for name, runs in findings.items()
    ]
    ratio = middle(findings["hot"], "wall") / middle(findings["even"], "wall")
    return (
        "## A hot hour\n\n1 million records at 0.3 s a page, evenly over 90 days or 60 % of them in "
        f"one hour: {ratio:.2f} times the wall time.\n\n"
        + _table(("history", "wall", "requests"), rows)
    )


def _memory(findings: Findings) -> str:
    rows = [(f"{int(events):,}", _megabytes(runs)) for events, runs in findings.items()]
    return "## Memory\n\nTen workers, 0.3 s a page.\n\n" + _table(("records", "peak"), rows)


def _linear(findings: Findings) -> str:
    rows = [
        (
            f"{int(events):,}",
            f"{per_record(runs, 'cpu'):.1f} µs",
            f"{per_record(runs, 'wall'):.1f} µs",
        )
        for events, runs in findings.items()
    ]
    return (
        "## Linear\n\nThe budget of 600 requests a minute holds here too and bounds the wall time "
        "of the large history: 50 µs a record at best.\n\n"
        + _table(("records", "CPU a record", "wall a record"), rows)
    )


def _privacy(findings: Findings) -> str:
    keep = findings["keep"]
    rows = [
        (
            f"`{mode}`",
            f"{middle(runs, 'wall'):.1f} s",
            f"{middle(runs, 'wall') / middle(keep, 'wall'):.2f}",
            f"{per_record(runs, 'cpu'):.1f} µs",
            f"{per_record(runs, 'cpu') / per_record(keep, 'cpu'):.2f}",
        )
        for mode, runs in findings.items()
    ]
    return f"## Personal data\n\n{keep[0]['records']:,} events at 0.3 s a page.\n\n" + _table(
        ("`personal_data`", "wall", "to `keep`", "CPU a record", "to `keep`"), rows
    )


def _small(findings: Findings) -> str:
    rows = []
    for name, run in findings.items():
        requests = ", ".join(f"{stream}: {count}" for stream, count in run["requests"].items())
        rows.append((name, requests, f"{run['records']:,}", f"{run['wall']:.1f} s"))
    return (
        "## A small community\n\nTwo weeks old, 3,000 events, 1,500 visits and tracker events each, "
        "no `start_date`, 0.3 s a page.\n\n" + _table(("sync", "requests", "records", "wall"), rows)
    )


def _startup(findings: Findings) -> str:
    rows = [
        (f"`{name}`", f"{middle(runs, 'wall'):.2f} s", f"{middle(runs, 'cpu'):.2f} s")
        for name, runs in findings.items()
    ]
    return "## Start-up\n\n" + _table(("command", "wall", "CPU"), rows)


ALL: dict[str, Callable[[Findings], str]] = {
    "table": _table_section,
    "ceiling": _ceiling,
    "hot": _hot,
    "memory": _memory,
    "linear": _linear,
    "privacy": _privacy,
    "small": _small,
    "startup": _startup,
}
