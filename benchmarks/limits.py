"""At the service's own limit for a whole backfill: is it reached, and never crossed?"""

from __future__ import annotations

from typing import Any

from benchmarks import programs
from benchmarks.bench import Bench
from benchmarks.results import Run, table
from benchmarks.service import Service, serving

LIMITS = (600, 300)
"""Requests a minute the service allows: as documented, and half of it, as an account has that other
clients use too."""


def measure(bench: Bench, _: int, events: int) -> dict[str, Run]:
    """Requests a minute where the service enforces a limit."""
    found = {}
    for limit in LIMITS:
        with serving(events=events, latency=0.3, rate_limit=limit) as service:
            run = bench.run(programs.CONNECTOR, service)
            found[str(limit)] = {**run, **_minutes(service)}
        print(f"limit {limit}: {found[str(limit)]}", flush=True)
    return found


def _minutes(service: Service) -> dict[str, Any]:
    """Requests in each full minute from the first one on, and when 429s came."""
    log = service.requests()
    begin = log[0]["time"]
    full = int((log[-1]["time"] - begin) // 60)
    minutes = [0] * (full + 1)
    refused = [round(entry["time"] - begin, 1) for entry in log if entry["status"] == 429]
    for entry in log:
        minutes[int((entry["time"] - begin) // 60)] += entry["status"] != 429
    return {"minutes": minutes[:full], "rest": minutes[full], "refused_at": refused}


def text(findings: dict[str, Run]) -> str:
    rows = [
        (
            limit,
            ", ".join(map(str, run["minutes"])),
            len(run["refused_at"]),
            sum(moment > 120 for moment in run["refused_at"]),
            f"{len(run['refused_at']) / run['requests']:.1%}",
            f"{run['records'] / run['wall']:,.0f}",
        )
        for limit, run in findings.items()
    ]
    head = "limit|requests in each minute|429s|after two minutes|share|records a second"
    text = "## At the service's limit\n\n4 million records at 0.3 s a page; full minutes.\n\n"
    return text + table(head, rows)
