"""`python -m trials`: every scenario against both runtimes, and the table of what held."""

from __future__ import annotations

import argparse
import re
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from trials.kills import kills
from trials.scenario import RUNTIMES, Runtime, Scenario, Verdict
from trials.scenarios import everything
from trials.states import states
from trials.table import PAGE, page
from trials.trial import Trial
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
    under: str = ""
    """The CDK, where it is not the pinned one."""

    @property
    def waits(self) -> bool:
        """Mostly; as what comes after a limit of the manifest does, for the rate limit's minute."""
        limited = self.runtime == "manifest" and self.scenario.beyond_manifest is not None
        return self.scenario.slow or limited

    def verdicts(self) -> list[Verdict]:
        """A trial that raises has not held."""
        try:
            return list(self.judge())
        except Exception as error:  # noqa: BLE001 - the others go on, and this one is told as broken
            traceback.print_exc()
            return [Verdict(self.scenario, self.runtime, (f"could not be tried: {error!r}",))]


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
            if re.search(arguments.only, job.scenario.label)
            and not (arguments.quick and job.scenario.slow)
        ]
        verdicts = [verdict for found in judged(jobs) for verdict in found]
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
    trials = [
        Trial(scenario, runtime, world, folder / f"{number:03}-{runtime}")
        for number, scenario in enumerate(everything(world))
        for runtime in runtimes
        if runtime in scenario.runtimes
    ]
    killed = [one for runtime in runtimes for one in kills(world, runtime, folder)]
    given = [one for runtime in runtimes for one in states(world, runtime, folder)]
    return [Job(one.scenario, one.runtime, one.verdicts) for one in (*trials, *killed, *given)]


def judged(jobs: Sequence[Job]) -> list[list[Verdict]]:
    """In the order of the jobs; the longest first, so that nobody waits for them in the end."""
    with ThreadPoolExecutor(_WAITING) as waiting, ThreadPoolExecutor(_WORKING) as working:
        futures: dict[Future[list[Verdict]], int] = {}
        for number in sorted(range(len(jobs)), key=lambda n: _turn(jobs[n])):
            pool = waiting if jobs[number].waits else working
            futures[pool.submit(jobs[number].verdicts)] = number
        for future in as_completed(futures):
            for verdict in future.result():
                _show(verdict, jobs[futures[future]].under)
    return [future.result() for future in sorted(futures, key=futures.__getitem__)]


def _turn(job: Job) -> tuple[bool, float]:
    return job.scenario.group != "kills", -job.scenario.limit if job.waits else 0.0


def _show(verdict: Verdict, under: str) -> None:
    exits = ",".join(map(str, verdict.exits))
    print(
        f"{verdict.outcome:7}{under or verdict.runtime:9} {verdict.scenario.label}: exit {exits}, "
        f"{verdict.records} records, {verdict.requests} requests, {verdict.seconds:.0f} s",
        *verdict.wrong,
        *([f"says: {verdict.message[:400]}"] if verdict.message else []),
        sep="\n         ",
        flush=True,
    )
