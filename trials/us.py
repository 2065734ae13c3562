"""What is done to the connector from this side: it is killed, and given strange states."""

from __future__ import annotations

import random
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from trials import law
from trials.process import Kill
from trials.scenario import Runtime, Scenario
from trials.trial import Trial, Verdict
from trials.world import STREAMS, World

KILLED = {"latency": 0.3}


class KillTrial(Trial):
    """Killed at one moment, resumed, all there."""

    def __init__(
        self, scenario: Scenario, runtime: Runtime, world: World, folder: Path, kill: Kill
    ) -> None:
        super().__init__(scenario, runtime, world, folder)
        self.kill = kill

    def judge(self) -> Verdict:
        with Sandbox(self.world.options(self.scenario.options)) as self.api:
            self.run(kill=self.kill)
            if self.run().exit_code:
                self.wrong.append("the resumed run failed")
            self.wrong += law.complete(self.outputs, self._wanted())
            return self.verdict(self.api.stats()["requests"])


@dataclass(frozen=True)
class StateCase:
    """A state, and from where on rows are due; None: a failure is."""

    name: str
    state: object
    since: datetime | None


def state_cases(world: World) -> list[StateCase]:
    """`sync` may also fail, `fail` may not go through: a state nobody can read must be said to be so."""
    middle = (world.since + timedelta(days=40)).replace(microsecond=123456)
    texts = {
        "seconds, Z": middle.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "milliseconds, Z": middle.strftime("%Y-%m-%dT%H:%M:%S.123Z"),
        "microseconds, Z": middle.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "microseconds, +0000": middle.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
        "seconds, +00:00": middle.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "seconds, -06:00": (middle - timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%S-06:00"),
        "milliseconds, +0530": (middle + timedelta(hours=5, minutes=30)).strftime(
            "%Y-%m-%dT%H:%M:%S.123+0530"
        ),
        "no offset": middle.strftime("%Y-%m-%dT%H:%M:%S"),
        "a blank for the T": middle.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "a date": middle.strftime("%Y-%m-%d"),
    }
    return [
        *(
            StateCase(
                f"{{created_at}}: {name}",
                {"created_at": text},
                middle.replace(hour=0, minute=0, second=0) if name == "a date" else middle,
            )
            for name, text in texts.items()
        ),
        StateCase("epoch seconds", {"created_at": int(middle.timestamp())}, middle),
        StateCase("epoch seconds as text", {"created_at": str(int(middle.timestamp()))}, middle),
        StateCase(
            "slices of an older CDK",
            {
                "state_type": "date-range",
                "slices": [
                    {
                        "start": world.since.strftime("%Y-%m-%dT%H:%M:%S.%f%z"),
                        "end": middle.strftime("%Y-%m-%dT%H:%M:%S.%f%z"),
                    }
                ],
            },
            middle,
        ),
        StateCase("empty", {}, world.since),
        StateCase("null created_at", {"created_at": None}, world.since),
        StateCase("empty created_at", {"created_at": ""}, world.since),
        StateCase("another key", {"updated_at": texts["seconds, Z"]}, world.since),
        StateCase("garbage", {"created_at": "last Tuesday"}, world.since),
        StateCase("a date that is none", {"created_at": "2026-02-30T00:00:00Z"}, world.since),
        StateCase("a list", {"created_at": [texts["seconds, Z"]]}, world.since),
        StateCase("before all history", {"created_at": "1970-01-01T00:00:00Z"}, world.since),
        StateCase("the year 1", {"created_at": "0001-01-01T00:00:00Z"}, world.since),
        StateCase(
            "a day in the future",
            {"created_at": (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")},
            None,
        ),
        StateCase("the year 9999", {"created_at": "9999-12-31T23:59:59Z"}, None),
    ]


class StateTrial(Trial):
    def __init__(
        self, scenario: Scenario, runtime: Runtime, world: World, folder: Path, case: StateCase
    ) -> None:
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
                self.wrong += law.told(
                    self.outputs[0], "config_error" if self.runtime == "package" else None
                )
            elif self.case.since is None:
                self.wrong.append(
                    f"exit 0 with {self.outputs[0].records} records: a state in the future passed in silence"
                )
            else:
                wanted = {
                    stream: self.api.ids(
                        endpoint, since=(self.case.since + timedelta(microseconds=1)).isoformat()
                    )
                    for stream, endpoint in STREAMS.items()
                }
                self.wrong += law.complete(self.outputs, wanted)
            return self.verdict(self.api.stats()["requests"])


def us(
    world: World, runtime: Runtime, folder: Path, typical: Mapping[Runtime, float]
) -> list[Trial]:
    trials: list[Trial] = [
        StateTrial(
            Scenario("us", f"state: {case.name}"), runtime, world, folder / f"state{n:02}", case
        )
        for n, case in enumerate(state_cases(world))
    ]
    dice = random.Random(20)
    for number in range(30):
        sig = (signal.SIGKILL, signal.SIGTERM)[number % 2]
        after = dice.uniform(1.0, typical[runtime])
        trials.append(
            KillTrial(
                Scenario("us", f"{sig.name} {number + 1}", KILLED),
                runtime,
                world,
                folder / f"kill{number:02}",
                Kill(after, sig),
            )
        )
    return trials
