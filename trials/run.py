"""`python -m trials`: every scenario against both runtimes, and the table of what held."""

from __future__ import annotations

import argparse
import re
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from trials.kills_and_states import kills, states
from trials.scenario import RUNTIMES, Runtime, Scenario
from trials.scenarios import everything
from trials.table import PAGE, page
from trials.trial import Trial
from trials.verdict import Verdict
from trials.world import World

_WORKING = 3
"""Trials that use the processor, at once: the smallest machine we know of has two cores, and every
trial waits a little for its sandbox."""
_WAITING = 14
"""Trials that mostly wait, at once, beside them."""


@dataclass(frozen=True)
class Job:
    scenario: Scenario
    runtime: Runtime
    judge: Callable[[], Iterable[Verdict]]

    @property
    def waits(self) -> bool:
        """Mostly; as what comes after a limit of the manifest does, for the rate limit's minute."""
        limited = self.runtime == "manifest" and self.scenario.beyond_manifest is not None
        return self.scenario.slow or limited

    @property
    def name(self) -> str:
        return f"{self.scenario.group}/{self.scenario.name}"


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
            for job in _jobs(World.now(), runtimes, (arguments.keep or Path(scratch)).resolve())
            if re.search(arguments.only, job.name) and not (arguments.quick and job.scenario.slow)
        ]
        verdicts = _judge(jobs)
    count = Counter(verdict.outcome for verdict in verdicts)
    print(
        f"{count['holds']} of {len(verdicts)} hold, {count['limit']} are declared limits of the "
        f"manifest, {count['BROKEN']} are broken; {time.monotonic() - started:.0f} s"
    )
    if not (arguments.only or arguments.runtime or arguments.quick):
        PAGE.write_text(page(verdicts))
        print(f"written: {PAGE}")
    return 1 if count["BROKEN"] or not verdicts else 0


def _jobs(world: World, runtimes: tuple[Runtime, ...], folder: Path) -> list[Job]:
    """In the order of the table."""
    jobs = []
    for number, scenario in enumerate(everything(world)):
        for runtime in runtimes:
            if runtime in scenario.runtimes:
                trial = Trial(scenario, runtime, world, folder / f"{number:03}-{runtime}")
                jobs.append(_job(trial))
    for runtime in runtimes:
        jobs += [Job(one.scenario, runtime, one.judge) for one in kills(world, runtime, folder)]
    for runtime in runtimes:
        jobs += map(_job, states(world, runtime, folder))
    return jobs


def _job(trial: Trial) -> Job:
    return Job(trial.scenario, trial.runtime, lambda: [trial.judge()])


def _judge(jobs: list[Job]) -> list[Verdict]:
    """The longest first, so that nobody waits for them in the end."""
    with ThreadPoolExecutor(_WAITING) as waiting, ThreadPoolExecutor(_WORKING) as working:
        futures: dict[int, Future[list[Verdict]]] = {}
        for number in sorted(range(len(jobs)), key=lambda n: _turn(jobs[n])):
            pool = waiting if jobs[number].waits else working
            futures[number] = pool.submit(_verdicts, jobs[number])
        for future in as_completed(futures.values()):
            for verdict in future.result():
                _show(verdict)
    return [verdict for number in range(len(jobs)) for verdict in futures[number].result()]


def _turn(job: Job) -> tuple[bool, float]:
    return job.scenario.group != "kills", -job.scenario.limit if job.waits else 0.0


def _verdicts(job: Job) -> list[Verdict]:
    """A trial that raises has not held."""
    try:
        return list(job.judge())
    except Exception as error:  # noqa: BLE001 - the others go on, and this one is told as broken
        traceback.print_exc()
        return [Verdict(job.scenario, job.runtime, (f"could not be tried: {error!r}",))]


def _show(verdict: Verdict) -> None:
    exits = ",".join(map(str, verdict.exits))
    name = f"{verdict.scenario.group}/{verdict.scenario.name}"
    print(
        f"{verdict.outcome:7}{verdict.runtime:9} {name}: exit {exits}, "
        f"{verdict.records} records, {verdict.requests} requests, {verdict.seconds:.0f} s",
        flush=True,
    )
    for wrong in verdict.wrong:
        print(f"         {wrong}", flush=True)
    if verdict.message:
        print(f"         says: {verdict.message[:400]}", flush=True)
