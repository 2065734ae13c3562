"""The connector is killed at random moments, by whom it may be, and goes on from its last STATE."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from harness.process import FAST, Kill, Reader
from trials.scenario import Runtime, Scenario, Verdict
from trials.trial import Trial
from trials.world import World

_READERS: Mapping[str, tuple[Reader, Mapping[Runtime, int]]] = {
    "": (FAST, {"package": 15, "manifest": 5}),
    ", read slowly": (Reader(rate=3e6), {"package": 4, "manifest": 1}),
}
"""Who reads, and how many moments are tried for each signal."""
_TRIES = 5
"""How often a kill that came too late is tried at another moment."""


class KillTrial(Trial):
    """Killed at one moment, resumed, all there. Without a kill: one run, to see how much there is."""

    def __init__(
        self, scenario: Scenario, runtime: Runtime, world: World, folder: Path, kill: Kill | None
    ) -> None:
        super().__init__(scenario, runtime, world, folder)
        self.kill = kill

    @property
    def missed(self) -> bool:
        return self.kill is not None and not self.runs[0].run.killed

    def judge(self) -> Verdict:
        with ExitStack() as stack:
            self.serve(stack, self.scenario.options)
            if self.run(kill=self.kill).code and self.kill is None:
                self.wrong.append("failed before anything was killed")
            if self.missed:
                self.wrong.append("the kill never struck")
            elif self.kill:
                self.complete()
            return self.verdict()


@dataclass(frozen=True)
class Kills:
    """One signal at random moments of a sync of five windows of three streams."""

    scenario: Scenario
    signal: signal.Signals
    count: int
    runtime: Runtime
    world: World
    folder: Path

    def verdicts(self) -> Iterator[Verdict]:
        measured = self._trial("measured", None)
        verdict = measured.judge()
        if verdict.wrong:
            yield verdict
            return
        lines = len(measured.runs[0].run.lines)
        rng = random.Random(f"{self.scenario.name} {self.runtime}")
        for number in range(self.count):
            for attempt in range(_TRIES):
                kill = Kill(rng.randint(1, lines), rng.uniform(0.0, 0.5), self.signal)
                trial = self._trial(f"{number:02}-{attempt}", kill)
                verdict = trial.judge()
                if not trial.missed:
                    break
            yield verdict

    def _trial(self, name: str, kill: Kill | None) -> KillTrial:
        return KillTrial(self.scenario, self.runtime, self.world, self.folder / name, kill)


def kills(world: World, runtime: Runtime, folder: Path) -> list[Kills]:
    return [
        Kills(
            Scenario(
                "kills",
                name := f"{sig.name} at random moments{how}",
                {"latency": 0.4},
                {"num_workers": 2},
                reader=reader,
                word="killed, then resumes",
            ),
            sig,
            counts[runtime],
            runtime,
            world,
            folder / f"{name}-{runtime}",
        )
        for how, (reader, counts) in _READERS.items()
        for sig in (signal.SIGKILL, signal.SIGTERM)
    ]
