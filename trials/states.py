"""The states a sync may be given: of other versions, of other connectors, mended by hand, broken."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.protocol import Message, Output
from harness.streams import ENDPOINTS, STREAMS
from trials import invariants
from trials.scenario import Limit, Runtime, Scenario, Verdict
from trials.trial import Trial
from trials.world import World

_ABOUT_STATE = re.compile("state|created_at|cursor|datetime|time data|no format in", re.IGNORECASE)
"""What an error has in it that is about a state, in its message or in what it says to developers."""
_BELIEVED = Limit("the CDK believes a state in the future", r"passed in silence")


@dataclass(frozen=True)
class StateCase:
    name: str
    state: object
    since: datetime | None
    """From where on rows are due, if the sync goes through; None: it may not."""

    @property
    def beyond_manifest(self) -> Limit | None:
        return _BELIEVED if self.since is None else None


def state_cases(world: World) -> list[StateCase]:
    """Any of them may also end in an error that says so: a state must not be ignored in silence."""
    middle = (world.since + timedelta(days=40)).replace(microsecond=123456)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        *_spellings(middle),
        StateCase("epoch seconds", {"created_at": int(middle.timestamp())}, middle),
        StateCase("epoch seconds as text", {"created_at": str(int(middle.timestamp()))}, middle),
        StateCase("slices of an older CDK", _slices(world.since, middle), middle),
        *(
            StateCase(name, state, world.since)
            for name, state in {
                "empty": {},
                "null created_at": {"created_at": None},
                "empty created_at": {"created_at": ""},
                "another key": {"updated_at": middle.strftime("%Y-%m-%dT%H:%M:%SZ")},
                "garbage": {"created_at": "last Tuesday"},
                "a date that is none": {"created_at": "2026-02-30T00:00:00Z"},
                "a list": {"created_at": [middle.strftime("%Y-%m-%dT%H:%M:%SZ")]},
                "before all history": {"created_at": "1970-01-01T00:00:00Z"},
                "the year 1": {"created_at": "0001-01-01T00:00:00Z"},
            }.items()
        ),
        StateCase("a day in the future", {"created_at": tomorrow}, None),
        StateCase("the year 9999", {"created_at": "9999-12-31T23:59:59Z"}, None),
    ]


def _spellings(middle: datetime) -> list[StateCase]:
    west, east = middle - timedelta(hours=6), middle + timedelta(hours=5, minutes=30)
    texts = {
        "seconds, Z": middle.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "milliseconds, Z": middle.strftime("%Y-%m-%dT%H:%M:%S.123Z"),
        "microseconds, Z": middle.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "microseconds, +0000": middle.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
        "seconds, +00:00": middle.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "seconds, -06:00": west.strftime("%Y-%m-%dT%H:%M:%S-06:00"),
        "milliseconds, +0530": east.strftime("%Y-%m-%dT%H:%M:%S.123+0530"),
        "no offset": middle.strftime("%Y-%m-%dT%H:%M:%S"),
        "a blank for the T": middle.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "a date": middle.strftime("%Y-%m-%d"),
    }
    midnight = middle.replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        StateCase(
            f"created_at: {name}", {"created_at": text}, midnight if name == "a date" else middle
        )
        for name, text in texts.items()
    ]


def _slices(start: datetime, end: datetime) -> dict[str, object]:
    form = "%Y-%m-%dT%H:%M:%S.%f%z"
    return {
        "state_type": "date-range",
        "slices": [{"start": start.strftime(form), "end": end.strftime(form)}],
    }


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
