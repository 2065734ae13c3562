"""What is done to the connector from this side: it is killed, and given strange states."""

from __future__ import annotations

import random
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from harness.process import FAST, Kill, Reader
from harness.protocol import Message, Output
from harness.streams import ENDPOINTS, STREAMS
from trials import invariants
from trials.scenario import Runtime, Scenario
from trials.state_cases import StateCase, state_cases
from trials.trial import Trial
from trials.verdict import Verdict
from trials.world import World

_READERS: Mapping[str, tuple[Reader, Mapping[Runtime, int]]] = {
    "": (FAST, {"package": 15, "manifest": 5}),
    ", read slowly": (Reader(rate=3e6), {"package": 4, "manifest": 1}),
}
"""Who reads, and how many moments are tried for each signal."""
_TRIES = 5
"""How often a kill that came too late is tried at another moment."""
_ABOUT_STATE = re.compile("state|created_at|cursor|datetime|time data", re.IGNORECASE)
"""What an error has in it that is about a state, in its message or in what it says to developers."""


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


class StateTrial(Trial):
    def __init__(self, case: StateCase, runtime: Runtime, world: World, folder: Path) -> None:
        scenario = Scenario("states", case.name, beyond_manifest=case.beyond_manifest)
        super().__init__(scenario, runtime, world, folder)
        self.case = case

    @property
    def state(self) -> list[Message] | None:
        return [
            {
                "type": "STREAM",
                "stream": {"stream_descriptor": {"name": name}, "stream_state": self.case.state},
            }
            for name in STREAMS
        ]

    def judge(self) -> Verdict:
        with ExitStack() as stack:
            self.serve(stack, {})
            first = self.run()
            # The rows before the state are those of earlier syncs.
            self.wrong = [w for w in self.wrong if "ahead" not in w]
            if first.code:
                self._refused(first)
            elif self.case.since is None:
                self.wrong.append("exit 0: a state in the future passed in silence")
            else:
                since = (self.case.since + timedelta(microseconds=1)).isoformat()
                wanted = {
                    s: self.api.ids(endpoint, since=since) for s, endpoint in ENDPOINTS.items()
                }
                self.wrong += invariants.complete(self.runs, wanted)
            return self.verdict()

    def _refused(self, first: Output) -> None:
        """Because of the state it must be, and the package must say so in a sentence."""
        if self.runtime == "package":
            self.scenario = replace(self.scenario, word="fails, says so")
            self.wrong += invariants.told(first, "config_error", self.runtime)
        else:
            self.scenario = replace(self.scenario, word="fails in the CDK's words")
        said = [f"{e.get('message')} {e.get('internal_message')}" for e in first.errors]
        if not any(map(_ABOUT_STATE.search, said)):
            self.wrong.append("failed, and not because of its state")


def states(world: World, runtime: Runtime, folder: Path) -> list[StateTrial]:
    return [
        StateTrial(case, runtime, world, folder / f"state{number:02}-{runtime}")
        for number, case in enumerate(state_cases(world))
    ]


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
