"""`python -m trials`: every scenario against both forms of the connector, and the table of what held."""

from __future__ import annotations

import argparse
import re
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from harness.pages import rewrite
from harness.streams import ROOT
from trials.scenario import RUNTIMES, Runtime, Verdict
from trials.scenarios import everything
from trials.table import tables
from trials.trial import Trial
from trials.world import World

_WORKING = 3
"""Trials that use the processor, at once: the smallest machine we know of has two cores, and every
trial waits a little for its sandbox."""
_WAITING = 14
"""Trials that mostly wait, at once, beside them."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials", description=__doc__)
    parser.add_argument("--only", default="", help="a pattern that group/name must match")
    parser.add_argument("--runtime", choices=RUNTIMES)
    parser.add_argument("--quick", action="store_true", help="without those that wait for minutes")
    parser.add_argument("--keep", type=Path, help="keep inputs and outputs in this folder")
    arguments = parser.parse_args()
    runtimes: tuple[Runtime, ...] = (arguments.runtime,) if arguments.runtime else RUNTIMES
    with tempfile.TemporaryDirectory() as scratch:
        trials = [
            trial
            for trial in prepared(runtimes, arguments.keep or Path(scratch))
            if re.search(arguments.only, trial.scenario.label)
            and not (arguments.quick and trial.scenario.slow)
        ]
        verdicts = judged(trials)
    if not (arguments.only or arguments.runtime or arguments.quick):
        rewrite(ROOT / "docs" / "trials.md", tables(verdicts))
    return 1 if not verdicts or any(v.outcome == "BROKEN" for v in verdicts) else 0


def prepared(runtimes: Sequence[Runtime], folder: Path) -> list[Trial]:
    """In the order of the table."""
    world = World.now()
    return [
        Trial(scenario, runtime, world, folder / f"{place:03}-{runtime}-{number}")
        for place, scenario in enumerate(everything())
        for runtime in runtimes
        for number in range(scenario.trials.get(runtime, 0))
    ]


def judged(trials: Sequence[Trial]) -> list[Verdict]:
    """In the order of the trials; the longest go first, so that nobody waits for them in the end."""
    started = time.monotonic()
    with ThreadPoolExecutor(_WAITING) as waiting, ThreadPoolExecutor(_WORKING) as working:
        futures: dict[Future[Verdict], int] = {}
        for place, trial in sorted(enumerate(trials), key=lambda each: -each[1].scenario.limit):
            futures[(waiting if trial.waits else working).submit(judge, trial)] = place
        for future in as_completed(futures):
            _show(future.result())
    verdicts = [future.result() for future in sorted(futures, key=futures.__getitem__)]
    count = Counter(verdict.outcome for verdict in verdicts)
    print(
        f"{count['holds']} of {len(verdicts)} hold, {count['limit']} are declared limits of the "
        f"manifest, {count['BROKEN']} are broken; {time.monotonic() - started:.0f} s"
    )
    return verdicts


def judge(trial: Trial) -> Verdict:
    """A trial that raises has not held."""
    try:
        return trial.judge()
    except Exception as error:  # noqa: BLE001 - the others go on, and this one is told as broken
        traceback.print_exc()
        wrong = (f"could not be tried: {error!r}",)
        return Verdict(trial.scenario, trial.runtime, wrong, under=trial.under)


def _show(verdict: Verdict) -> None:
    exits = ",".join(map(str, verdict.exits))
    print(
        f"{verdict.outcome:7}{verdict.under:9} {verdict.scenario.label}: exit {exits}, "
        f"{verdict.records} records, {verdict.requests} requests, {verdict.seconds:.0f} s",
        *verdict.wrong,
        *([f"says: {verdict.message[:400]}"] if verdict.message else []),
        sep="\n         ",
        flush=True,
    )
