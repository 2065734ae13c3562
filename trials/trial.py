"""One scenario against one form of the connector, and what the invariants say about its runs."""

from __future__ import annotations

import random
import re
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness.connector import BIN
from harness.process import Kill
from harness.protocol import Output
from sandbox import Sandbox
from sandbox.api.listener import STRANGER, Listener
from trials import invariants
from trials.scenario import Runtime, Scenario, Verdict
from trials.syncs import Syncs
from trials.world import RECORDS, TOKEN, Truth, World, filled

_KILLS = 5
"""How often a kill that came too late is tried at another moment."""


class Trial:
    def __init__(
        self,
        scenario: Scenario,
        runtime: Runtime,
        world: World,
        folder: Path,
        *,
        under: str = "",
        commands: Path = BIN,
    ) -> None:
        """`under`: the CDK whose `commands` these are, if it is not the pinned one."""
        self.scenario, self.runtime, self.world = scenario, runtime, world
        self.folder, self.under, self.commands = folder.resolve(), under or runtime, commands
        self.wrong: list[str] = []

    @property
    def runs(self) -> list[Output]:
        return self.syncs.done

    @property
    def waits(self) -> bool:
        """Mostly; as what comes after a limit of the manifest does, for the rate limit's minute."""
        limited = self.runtime == "manifest" and self.scenario.beyond_manifest is not None
        return self.scenario.slow or limited

    def judge(self) -> Verdict:
        with ExitStack() as stack:
            other = stack.enter_context(Listener(TOKEN))
            self._serve(stack, {**self.world.places, "other": other.origin})
            if self.scenario.check_first:
                self.wrong += invariants.secret(self.syncs.check().run, self._out, self.runtime)
            first = self._first_run()
            needless = self.scenario.nobody or self.scenario.state is not None
            if not (needless or other.visits or self.api.stats()["requests"]):
                self.wrong.append("could not start: the service was never asked")
            if self.scenario.signal or self.scenario.reader.gone_after is not None:
                self._cut_short(first)
            elif first.code == 0:
                self._succeeded(first)
            else:
                self._failed(first)
            if any(visit.secret or visit.authorization for visit in other.visits):
                self.wrong.append("the token reached another host")
            return self._verdict()

    def _serve(self, stack: ExitStack, places: dict[str, Any]) -> None:
        options, certificate = filled(self.scenario.options, places), None
        if "tls" in options:
            self.folder.mkdir(parents=True, exist_ok=True)
            certificate = self.folder / "sandbox.pem"
            options["tls"] = str(certificate)
        self.api = stack.enter_context(Sandbox(self.world.options(options)))
        config = {**self.api.config(), **filled(self.scenario.config, places)}
        state = filled(self.scenario.state, places)
        self.truth = Truth(self.api, config, filled(self.scenario.since, places))
        self.syncs = Syncs(
            self.scenario, self.runtime, self.folder, self.commands, config, state, certificate
        )

    @property
    def _out(self) -> Path:
        return self.syncs.place / "out"

    @property
    def _once(self) -> bool:
        """Whether no row may leave twice in one run."""
        return self.runtime == "package" and not self.scenario.repeats

    def _first_run(self) -> Output:
        """At the last, a run that its kill met alive, if it is to be killed."""
        if not self.scenario.signal:
            return self._run()
        rng = random.Random(f"{self.scenario.label} {self.folder.name}")
        for _ in range(_KILLS):
            self.runs.clear()
            line, after = rng.randint(1, RECORDS), rng.uniform(0.0, 0.5)
            first = self._run(Kill(line, after, signal.Signals[self.scenario.signal]))
            if first.run.killed:
                break
        else:
            self.wrong.append("the kill never struck")
        return first

    def _run(self, kill: Kill | None = None) -> Output:
        """One more run, checked for all that always holds."""
        self.settled = self.truth.settled()
        output = self.syncs.read(kill)
        if any(STRANGER in ids for ids in output.ids.values()):
            self.wrong.append("believed another host's answer")
        self.wrong += invariants.behaved(output)
        self.wrong += invariants.secret(output.run, self._out, self.runtime)
        self.wrong += invariants.honest(output, self.truth.known(), once=self._once)
        self.wrong += invariants.states(output, self.runs, self.truth.owed())
        self.runs.append(output)
        return output

    def _succeeded(self, first: Output) -> None:
        if self.scenario.expect == "fails":
            self.wrong.append("exit 0, where a failure was due")
        for seconds in self.scenario.later:
            time.sleep(seconds)
            if self._run().code:
                self.wrong.append("a later run failed")
        self.wrong += invariants.complete(self.runs, self.truth.owed(self.settled))
        self.wrong += self.truth.without_id(self.runs, once=self._once)
        says = self.scenario.says if self.runtime == "package" else None
        if says and not any(re.search(says, line) for line in first.logs):
            self.wrong.append(f"no log line says {says!r}")

    def _failed(self, first: Output) -> None:
        if self.scenario.expect == "complete":
            self.wrong.append("failed, where all could have been read")
        if self.scenario.over_within is not None:
            self.wrong += invariants.over(first, self.scenario.over_within)
        if not first.run.hung and not (self.runtime == "manifest" and self.scenario.cdk_words):
            self.wrong += invariants.told(first, self.scenario.failure, self.runtime)
        if self.scenario.state is not None:
            self.wrong += invariants.about_state(first)
            return
        self.api.change(fault=[], odd=[])
        self._completed()

    def _cut_short(self, first: Output) -> None:
        """By its reader or a signal: what is not written cannot be told either, but it is no success."""
        if first.code == 0:
            self.wrong.append("exit 0, though it was cut short")
        self._completed()

    def _completed(self) -> None:
        """One more run, which must bring all that is still missing."""
        if self._run().code:
            self.wrong.append("the resumed run failed")
        self.wrong += invariants.complete(self.runs, self.truth.owed(self.settled))

    def _verdict(self) -> Verdict:
        errors = self.runs[0].errors
        return Verdict(
            self.scenario,
            self.runtime,
            tuple(dict.fromkeys(self.wrong)),
            tuple(output.code for output in self.runs),
            sum(output.records for output in self.runs),
            self.api.stats()["requests"],
            sum(output.run.seconds for output in self.runs),
            (errors[0].get("message") or "") if errors else "",
            self.under,
        )
