"""What is done to the connector from this side: it is killed, and given strange states."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from trials import invariants
from trials.process import Kill
from trials.scenario import Runtime, Scenario
from trials.state_cases import StateCase, state_cases
from trials.trial import Trial, Verdict
from trials.world import STREAMS, World

_KILLS: Mapping[Runtime, int] = {"package": 15, "manifest": 5}
"""Moments for each signal."""
_HITS = 0.6
"""Share of the kills that must have met a running sync, or nothing was tried."""


class KillTrial(Trial):
    """Killed at one moment, resumed, all there."""

    def __init__(
        self, scenario: Scenario, runtime: Runtime, world: World, folder: Path, kill: Kill | None
    ) -> None:
        super().__init__(scenario, runtime, world, folder)
        self.kill = kill

    def judge(self) -> Verdict:
        """Without a kill: one run that measures how much there is to kill."""
        with Sandbox(self.world.options(self.scenario.options)) as self.api:
            if self.run(kill=self.kill).exit_code == 0 and self.kill is None:
                return self.verdict(0)
            if self.run().exit_code:
                self.wrong.append("the resumed run failed")
            self.wrong += invariants.complete(self.outputs, self._wanted())
            return self.verdict(self.api.stats()["requests"])


@dataclass(frozen=True)
class Kills:
    """One signal at random moments of a sync of ten windows of three streams."""

    signal: signal.Signals
    runtime: Runtime
    world: World
    folder: Path

    def judge(self) -> Iterator[Verdict]:
        count = _KILLS[self.runtime]
        scenario = Scenario(
            "kills",
            f"{self.signal.name} at random moments",
            {"latency": 0.4},
            {"num_workers": 2},
            word="killed, then resumes",
        )
        measured = self._trial(scenario, "measured", None)
        measured.judge()
        whole = measured.runs[0]
        dice = random.Random(f"{self.signal.name} {self.runtime}")
        hits = 0
        for number in range(count):
            kill = Kill(dice.randint(1, len(whole.lines)), dice.uniform(0.0, 0.5), self.signal)
            trial = self._trial(scenario, f"{number:02}", kill)
            verdict = trial.judge()
            hits += trial.runs[0].killed
            if number == count - 1 and hits < _HITS * count:
                missed = f"only {hits} of {count} kills met a running sync"
                verdict = replace(verdict, wrong=(*verdict.wrong, missed))
            yield verdict

    def _trial(self, scenario: Scenario, name: str, kill: Kill | None) -> KillTrial:
        return KillTrial(scenario, self.runtime, self.world, self.folder / name, kill)


class StateTrial(Trial):
    def __init__(self, case: StateCase, runtime: Runtime, world: World, folder: Path) -> None:
        scenario = Scenario("states", case.name, beyond_manifest=case.beyond_manifest)
        super().__init__(scenario, runtime, world, folder)
        self.case = case

    @property
    def state(self) -> list[dict[str, Any]] | None:
        return [
            {
                "type": "STREAM",
                "stream": {"stream_descriptor": {"name": name}, "stream_state": self.case.state},
            }
            for name in STREAMS
        ]

    def judge(self) -> Verdict:
        with ExitStack() as stack:
            self.api = stack.enter_context(Sandbox(self.world.options(self.scenario.options)))
            run = self.run()
            # The rows before the state are those of earlier syncs.
            self.wrong = [w for w in self.wrong if "ahead" not in w]
            if run.exit_code:
                self.scenario = replace(self.scenario, word="fails, says so")
                failure = "config_error" if self.runtime == "package" else None
                self.wrong += invariants.told(self.outputs[0], failure, self.runtime)
            elif self.case.since is None:
                self.wrong.append("exit 0: a state in the future passed in silence")
            else:
                since = (self.case.since + timedelta(microseconds=1)).isoformat()
                wanted = {
                    stream: self.api.ids(endpoint, since=since)
                    for stream, endpoint in STREAMS.items()
                }
                self.wrong += invariants.complete(self.outputs, wanted)
            return self.verdict(self.api.stats()["requests"])


def states(world: World, runtime: Runtime, folder: Path) -> list[StateTrial]:
    return [
        StateTrial(case, runtime, world, folder / f"state{number:02}-{runtime}")
        for number, case in enumerate(state_cases(world))
    ]


def kills(world: World, runtime: Runtime, folder: Path) -> list[Kills]:
    return [
        Kills(sig, runtime, world, folder / f"{sig.name}-{runtime}")
        for sig in (signal.SIGKILL, signal.SIGTERM)
    ]
