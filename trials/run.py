"""`python -m trials`: every scenario against both runtimes, and the table of what held."""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from trials.kills_and_states import kills, states
from trials.scenario import RUNTIMES, Runtime
from trials.scenarios import everything
from trials.table import PAGE, page
from trials.trial import Trial, Verdict
from trials.world import World

_WORKING = 3
"""Trials that use the processor, at once: the smallest machine we know of has two cores, and every
trial waits a little for its sandbox."""
_WAITING = 14
"""Trials that mostly wait, at once, beside them."""


@dataclass(frozen=True)
class Job:
    name: str
    judge: Callable[[], Iterable[Verdict]]
    slow: bool = False
    limit: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials", description=__doc__)
    parser.add_argument("--only", default="", help="a pattern that group/name must match")
    parser.add_argument("--runtime", choices=RUNTIMES)
    parser.add_argument("--quick", action="store_true", help="without those that wait for minutes")
    parser.add_argument("--keep", type=Path, help="keep inputs and outputs in this folder")
    arguments = parser.parse_args()
    runtimes: tuple[Runtime, ...] = (arguments.runtime,) if arguments.runtime else RUNTIMES
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        jobs = [
            job
            for job in _jobs(World.now(), runtimes, arguments.keep or Path(scratch))
            if re.search(arguments.only, job.name) and not (arguments.quick and job.slow)
        ]
        verdicts = _judge(jobs)
    held = sum(verdict.holds for verdict in verdicts)
    print(f"{held} of {len(verdicts)} hold, {time.monotonic() - started:.0f} s")
    if not (arguments.only or arguments.runtime or arguments.quick):
        PAGE.write_text(page(verdicts))
        print(f"written: {PAGE}")
    return 0 if held == len(verdicts) else 1


def _jobs(world: World, runtimes: tuple[Runtime, ...], folder: Path) -> list[Job]:
    """In the order of the table."""
    jobs = []
    for number, scenario in enumerate(everything(world)):
        for runtime in runtimes:
            trial = Trial(scenario, runtime, world, folder / f"{number:03}-{runtime}")
            jobs.append(_job(trial))
    for runtime in runtimes:
        jobs += [
            Job(f"kills/{one.signal.name}", one.judge) for one in kills(world, runtime, folder)
        ]
    for runtime in runtimes:
        jobs += map(_job, states(world, runtime, folder))
    return jobs


def _job(trial: Trial) -> Job:
    scenario = trial.scenario
    name = f"{scenario.group}/{scenario.name}"
    return Job(name, lambda: [trial.judge()], scenario.slow, scenario.limit)


def _judge(jobs: list[Job]) -> list[Verdict]:
    """The longest first, so that nobody waits for them in the end."""
    with ThreadPoolExecutor(_WAITING) as waiting, ThreadPoolExecutor(_WORKING) as working:
        futures: dict[int, Future[list[Verdict]]] = {}
        for number in sorted(range(len(jobs)), key=lambda n: _turn(jobs[n])):
            pool = waiting if jobs[number].slow else working
            futures[number] = pool.submit(_verdicts, jobs[number])
        for future in as_completed(futures.values()):
            for verdict in future.result():
                _show(verdict)
    return [verdict for number in range(len(jobs)) for verdict in futures[number].result()]


def _turn(job: Job) -> tuple[bool, float]:
    return not job.name.startswith("kills"), -job.limit if job.slow else 0.0


def _verdicts(job: Job) -> list[Verdict]:
    return list(job.judge())


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
