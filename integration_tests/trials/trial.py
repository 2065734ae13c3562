"""One scenario against one form of the connector, and what was wrong."""

from __future__ import annotations

import random
import re
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.connector import BIN, Connector, manifest_alone, package
from harness.process import FAST, Kill
from harness.protocol import Output, last_states
from harness.streams import configured, states
from integration_tests.trials import invariants
from integration_tests.trials.scenario import Runtime, Scenario
from integration_tests.trials.world import RECORDS, TOKEN, Truth, World, filled
from sandbox import Sandbox
from sandbox.api.other_host import STRANGER, Listener

_KILLS = 5
"""How often a kill that came too late is tried at another moment."""
_ENDLESS = 30.0
"""Seconds after which a first run that is not expected to end is ended."""
_UNREACHABLE = "http://127.0.0.1:9/data_api/v1"


@dataclass
class Trial:
    scenario: Scenario
    runtime: Runtime
    folder: Path
    number: int = 0
    """Seeds the moments of kills."""
    commands: Path = BIN
    """Where `source-declarative-manifest` is."""
    runs: list[Output] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def cell(self) -> str:
        """What the table says of it."""
        scenario = self.scenario
        if limit := self.known_limit:
            return f"limit: {limit}"
        if self.wrong:
            return f"BROKEN: {self.wrong[0]}"
        if scenario.word or not self.runs[0].code:
            return scenario.word or "complete"
        resumed = len(self.runs) > 1
        if self.runtime == "manifest" and scenario.cdk_words:
            return f"fails in the CDK's words{', then resumes' if resumed else ''}"
        return f"fails, {'then resumes' if resumed else 'says so'}"

    @property
    def known_limit(self) -> str | None:
        """Why nothing is wrong but what the manifest alone cannot do."""
        limit = self.scenario.known_limit if self.runtime == "manifest" else None
        known = limit and all(re.search(limit.shows, wrong) for wrong in self.wrong)
        return limit.why if limit and known else None

    def run(self) -> None:
        world = World()
        with ExitStack() as stack:
            other = stack.enter_context(Listener(TOKEN))
            self._serve(stack, world, {**world.places, "other": other.origin})
            if self.scenario.check_first:
                checked = self._connector().attempt("check", self.config)
                self.wrong += invariants.secret(
                    checked.run, self.folder / "0" / "out", self.runtime
                )
            first = self._first_run()
            needless = self.scenario.unreachable or self.scenario.state is not None
            if not (needless or other.visits or self.api.stats()["requests"]):
                self.wrong.append("could not start: the service was never asked")
            if self.scenario.signal or self.scenario.reader.gone_after is not None:
                if first.code == 0:
                    self.wrong.append("exit 0, though it was cut short")
                self._complete()
            elif first.code == 0:
                self._succeeded(first)
            else:
                self._failed(first)
            if any(other.visits):
                self.wrong.append("the token reached another host")

    def _serve(self, stack: ExitStack, world: World, places: dict[str, Any]) -> None:
        options = filled(self.scenario.options, places)
        self.variables = {}
        if "tls" in options:
            options["tls"] = str(self.folder / "sandbox.pem")
            self.variables["REQUESTS_CA_BUNDLE"] = options["tls"]
        self.api = stack.enter_context(Sandbox(world.options(options)))
        self.config = {**self.api.config(), **filled(self.scenario.config, places)}
        self.state = filled(self.scenario.state, places)
        self.truth = Truth(self.api, self.config, filled(self.scenario.since, places))

    def _first_run(self) -> Output:
        """Repeated until the kill met it alive, if it is to be killed."""
        if not self.scenario.signal:
            return self._run()
        rng = random.Random(f"{self.scenario.label} {self.runtime} {self.number}")
        for _ in range(_KILLS):
            self.runs.clear()
            line, after = rng.randint(1, RECORDS), rng.uniform(0.0, 0.5)
            first = self._run(Kill(line, after, signal.Signals[self.scenario.signal]))
            if first.run.killed:
                return first
        self.wrong.append("the kill never struck")
        return first

    def _run(self, kill: Kill | None = None) -> Output:
        """One more run from the last STATE, checked for all that always holds."""
        once = self.runtime == "package" and not self.scenario.repeats
        self.settled = self.truth.settled()
        output = self._read(kill)
        out = self.folder / str(len(self.runs)) / "out"
        if any(STRANGER in ids for ids in output.ids.values()):
            self.wrong.append("believed another host's answer")
        self.wrong += invariants.behaved(output)
        self.wrong += invariants.secret(output.run, out, self.runtime)
        self.wrong += invariants.no_strangers(output, self.truth.known(), once=once)
        expected = self.truth.expected()
        self.wrong += invariants.states_behind_records(output, self.runs, expected)
        self.runs.append(output)
        return output

    def _read(self, kill: Kill | None) -> Output:
        scenario, first = self.scenario, not self.runs
        limited = scenario.known_limit if self.runtime == "manifest" else None
        endless = first and limited is not None and "still running" in limited.shows
        given = None if self.state is None else states(self.state)
        elsewhere = {"base_url": _UNREACHABLE} if first and scenario.unreachable else {}
        return self._connector().attempt(
            "read",
            {**self.config, **elsewhere},
            catalog=configured(),
            state=given if first else last_states(self.runs),
            variables=self.variables,
            debug=scenario.debug,
            reader=scenario.reader if first else FAST,
            kill=kill,
            limit=min(_ENDLESS, scenario.limit) if endless else scenario.limit,
        )

    def _connector(self) -> Connector:
        """For the next run. `in` takes its input files, `out` is where it may write."""
        folder = self.folder / str(len(self.runs))
        given, out = folder / "in", folder / "out"
        if self.runtime == "package":
            return package(given, out)
        return manifest_alone(given, out, self.commands)

    def _succeeded(self, first: Output) -> None:
        if self.scenario.expect == "fails":
            self.wrong.append("exit 0, where a failure was due")
        for seconds in self.scenario.later:
            time.sleep(seconds)
            if self._run().code:
                self.wrong.append("a later run failed")
        once = self.runtime == "package" and not self.scenario.repeats
        self.wrong += invariants.complete(self.runs, self.truth.expected(self.settled))
        self.wrong += self.truth.without_id(self.runs, once=once)
        says = self.scenario.says if self.runtime == "package" else None
        if says and not any(re.search(says, line) for line in first.logs):
            self.wrong.append(f"no log line says {says!r}")

    def _failed(self, first: Output) -> None:
        if self.scenario.expect == "complete":
            self.wrong.append("failed, where all could have been read")
        if self.scenario.over_within is not None:
            self.wrong += invariants.over_soon(first, self.scenario.over_within)
        if not first.run.hung and not (self.runtime == "manifest" and self.scenario.cdk_words):
            self.wrong += invariants.explained(first, self.scenario.failure, self.runtime)
        if self.scenario.state is not None:
            self.wrong += invariants.about_state(first)
        else:
            self.api.change(fault=[], odd=[])
            self._complete()

    def _complete(self) -> None:
        """One more run, which must bring all that is still missing."""
        if self._run().code:
            self.wrong.append("the resumed run failed")
        self.wrong += invariants.complete(self.runs, self.truth.expected(self.settled))
