"""At the service's own limit for a whole backfill: is it reached, and never crossed?"""

from __future__ import annotations

from typing import Any

from benchmarks import programs, results
from benchmarks.service import Service, serving
from benchmarks.trial import Bench

LIMITS = (600, 300)
"""Requests a minute the service allows: as documented, and half of it, as an account has that other
clients use too."""


def measure(bench: Bench, events: int) -> dict[str, results.Run]:
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
