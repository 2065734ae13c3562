"""What the shape and size of a history do, and hidden personal data."""

from __future__ import annotations

from benchmarks import programs
from benchmarks.results import Run
from benchmarks.service import serving
from benchmarks.trial import Bench

Runs = dict[str, list[Run]]

MODES: dict[str, dict[str, object]] = {
    "keep": {},
    "hash": {"personal_data": "hash", "hash_key": "only for benchmarks"},
    "drop": {"personal_data": "drop"},
}
HOT = 0.6
"""Share of the events that a backfill put into one hour."""


def hot(bench: Bench, events: int, rounds: int) -> Runs:
    """Each history has a sandbox of its own; both run all the time and are read by turns."""
    even: list[Run] = []
    backfilled: list[Run] = []
    with (
        serving(events=events, latency=0.3) as plain,
        serving(events=events, latency=0.3, hot_hour=HOT) as hot_one,
    ):
        for _ in range(rounds):
            even.append(bench.run(programs.CONNECTOR, plain))
            backfilled.append(bench.run(programs.CONNECTOR, hot_one))
            print(f"even {even[-1]}\nhot  {backfilled[-1]}", flush=True)
    return {"even": even, "hot": backfilled}


def sizes(
    bench: Bench, small: int, large: int, rounds: int, latency: float, **config: object
) -> Runs:
    """The same reading of a small and of a large history, by turns."""
    found: Runs = {str(small): [], str(large): []}
    with (
        serving(events=small, latency=latency) as one,
        serving(events=large, latency=latency) as other,
    ):
        for _ in range(rounds):
            for events, service in ((small, one), (large, other)):
                found[str(events)].append(bench.run(programs.CONNECTOR, service, **config))
                print(f"{events}: {found[str(events)][-1]}", flush=True)
    return found


def privacy(bench: Bench, events: int, rounds: int) -> Runs:
    """The same reading with personal data kept, hashed and dropped, by turns."""
    found: Runs = {mode: [] for mode in MODES}
    with serving(events=events, latency=0.3) as service:
        for _ in range(rounds):
            for mode, config in MODES.items():
                found[mode].append(bench.run(programs.CONNECTOR, service, **config))
                print(f"{mode}: {found[mode][-1]}", flush=True)
    return found
