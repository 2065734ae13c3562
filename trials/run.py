"""`python -m trials`: every scenario against both runtimes, and the table of what held."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from trials.scenario import RUNTIMES, Runtime, Scenario
from trials.scenarios import everything
from trials.trial import Trial, Verdict
from trials.world import World


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials", description=__doc__)
    parser.add_argument("--only", default="", help="a pattern that group/name must match")
    parser.add_argument("--runtime", choices=RUNTIMES)
    parser.add_argument("--quick", action="store_true", help="without those that wait for minutes")
    parser.add_argument("--keep", type=Path, help="keep inputs and outputs in this folder")
    arguments = parser.parse_args()
    world = World.now()
    chosen = [
        scenario
        for scenario in everything(world)
        if re.search(arguments.only, f"{scenario.group}/{scenario.name}")
        and not (arguments.quick and scenario.slow)
    ]
    runtimes: tuple[Runtime, ...] = (arguments.runtime,) if arguments.runtime else RUNTIMES
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        verdicts = _judge(chosen, runtimes, world, arguments.keep or Path(scratch))
    broken = [v for v in verdicts if not v.holds]
    print(
        f"{len(verdicts) - len(broken)} of {len(verdicts)} hold, {time.monotonic() - started:.0f} s"
    )
    return 1 if broken else 0


def _judge(
    scenarios: list[Scenario], runtimes: tuple[Runtime, ...], world: World, folder: Path
) -> list[Verdict]:
    """Those that mostly wait run many at once, the others as many as there are cores and one."""
    with ThreadPoolExecutor(8) as waiting, ThreadPoolExecutor(3) as working:
        futures: list[Future[Verdict]] = []
        for number, scenario in enumerate(scenarios):
            for runtime in runtimes:
                place = folder / f"{number:03}-{runtime}"
                place.mkdir(parents=True, exist_ok=True)
                pool = waiting if scenario.slow else working
                futures.append(pool.submit(Trial(scenario, runtime, world, place).judge))
        for future in as_completed(futures):
            _show(future.result())
        return [future.result() for future in futures]


def _show(verdict: Verdict) -> None:
    word = "holds" if verdict.holds else "BROKEN"
    exits = ",".join(map(str, verdict.exits))
    print(
        f"{word:7}{verdict.runtime:9} {verdict.scenario.group}/{verdict.scenario.name}: exit {exits}, "
        f"{verdict.records} records, {verdict.requests} requests, {verdict.seconds:.0f} s",
        flush=True,
    )
    for wrong in verdict.wrong:
        print(f"         {wrong}", flush=True)
    if verdict.message:
        print(f"         says: {verdict.message[:400]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
