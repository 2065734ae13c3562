"""One scenario against one runtime: the runs, and what the invariants say about them."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness.connector import Connector, manifest_alone, package
from harness.process import FAST, Kill
from harness.protocol import Message, Output, last_states
from harness.streams import ROOT, configured
from sandbox import Sandbox
from sandbox.api.listener import STRANGER, Listener
from trials import invariants
from trials.scenario import Runtime, Scenario, Verdict
from trials.world import TOKEN, Truth, World

_ENDLESS = 20.0
"""Seconds after which a first run that is not expected to end is ended."""


class Trial:
    def __init__(self, scenario: Scenario, runtime: Runtime, world: World, folder: Path) -> None:
        self.scenario, self.runtime, self.world = scenario, runtime, world
        self.folder = folder.resolve()
        self.wrong: list[str] = []
        self.runs: list[Output] = []

    def judge(self) -> Verdict:
        with ExitStack() as stack:
            other = stack.enter_context(Listener(TOKEN))
            options = _filled(
                self.scenario.options,
                other=other.origin,
                edge=self.world.edge(3).isoformat(),
            )
            if "tls" in options:
                self.folder.mkdir(parents=True, exist_ok=True)
                options["tls"] = str(self.folder / "sandbox.pem")
            self.serve(stack, options)
            first = self.run()
            if not (self.scenario.nobody or other.visits or self.api.stats()["requests"]):
                self.wrong.append("could not start: the service was never asked")
            if self.scenario.reader.gone_after is not None:
                self._left(first)
            elif first.code == 0:
                self._succeeded()
            else:
                self._failed(first)
            if any(visit.secret or visit.authorization for visit in other.visits):
                self.wrong.append("the token reached another host")
            return self.verdict()

    @property
    def once(self) -> bool:
        """Whether no row may leave twice in one run."""
        return self.runtime == "package" and not self.scenario.repeats

    def verdicts(self) -> list[Verdict]:
        return [self.judge()]

    def serve(self, stack: ExitStack, options: Mapping[str, object]) -> None:
        self.api = stack.enter_context(Sandbox(self.world.options(options)))
        self.truth = Truth(self.api, self.config, self.world.since)

    def verdict(self) -> Verdict:
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
        )

    def run(self, kill: Kill | None = None) -> Output:
        """One more run, from the last STATE of those before, checked for all that always holds."""
        self.settled = self.truth.settled()
        first = not self.runs
        folder = self.folder / str(len(self.runs))
        limited = first and self.runtime == "manifest" and self.scenario.beyond_manifest
        output = self._connector(folder).attempt(
            "read",
            {**self.api.config(), **self.config, **self._address},
            catalog=configured(),
            state=self.state,
            variables=self._variables,
            debug=self.scenario.debug,
            reader=self.scenario.reader if first else FAST,
            kill=kill,
            limit=min(_ENDLESS, self.scenario.limit) if limited else self.scenario.limit,
        )
        (folder / "stdout").write_bytes(output.run.stdout)
        if any(STRANGER in ids for ids in output.ids.values()):
            self.wrong.append("believed another host's answer")
        self.wrong += invariants.alive(output.run) + invariants.tidy(output)
        self.wrong += invariants.secret(output.run, folder / "out", self.runtime)
        self.wrong += invariants.honest(output, self.truth.known(), once=self.once)
        self.wrong += invariants.states(output, self.runs, self.truth.owed())
        self.runs.append(output)
        return output

    @property
    def state(self) -> list[Message] | None:
        return last_states(self.runs)

    @property
    def config(self) -> dict[str, Any]:
        return _filled(self.scenario.config, recently=self.world.recently.isoformat())

    def complete(self, **how: Any) -> None:
        """One more run, which must bring all that is still missing."""
        if self.run(**how).code:
            self.wrong.append("the resumed run failed")
        self.wrong += invariants.complete(self.runs, self.truth.owed(self.settled))

    def _connector(self, folder: Path) -> Connector:
        given, out = folder / "in", folder / "out"
        if self.scenario.abandons:
            script = ROOT / "trials" / "abandoned.py"
            return Connector([sys.executable, "-P", script], given, working=out)
        return (package if self.runtime == "package" else manifest_alone)(given, out)

    @property
    def _address(self) -> dict[str, str]:
        nobody = self.scenario.nobody and not self.runs
        return {"base_url": "http://127.0.0.1:9/data_api/v1"} if nobody else {}

    @property
    def _variables(self) -> dict[str, str]:
        tls = self.api.origin.startswith("https")
        return {"REQUESTS_CA_BUNDLE": str(self.folder / "sandbox.pem")} if tls else {}

    def _succeeded(self) -> None:
        if self.scenario.expect == "fails":
            self.wrong.append("exit 0, where a failure was due")
        for seconds in self.scenario.later:
            time.sleep(seconds)
            if self.run().code:
                self.wrong.append("a later run failed")
        self.wrong += invariants.complete(self.runs, self.truth.owed(self.settled))
        self.wrong += self.truth.without_id(self.runs, once=self.once)
        says = self.scenario.says if self.runtime == "package" else None
        if says and not any(re.search(says, line) for line in self.runs[0].logs):
            self.wrong.append(f"no log line says {says!r}")

    def _failed(self, first: Output) -> None:
        if self.scenario.expect == "complete":
            self.wrong.append("failed, where all could have been read")
        if self.scenario.over_within is not None:
            self.wrong += invariants.over(first, self.scenario.over_within)
        if not first.run.hung and not (self.runtime == "manifest" and self.scenario.cdk_words):
            failure = self.scenario.failure
            if self.runtime == "manifest" and failure == "transient_error":
                failure = None  # what was tried again in vain gets its type from the CDK
            self.wrong += invariants.told(first, failure, self.runtime)
        self.api.change(fault=[], odd=[])
        self.complete()

    def _left(self, first: Output) -> None:
        """By its reader: what is not written cannot be told either, but it is no success."""
        if first.code == 0:
            self.wrong.append("exit 0, though nobody read to the end")
        self.complete()


def _filled(values: Mapping[str, object], **places: str) -> dict[str, Any]:
    """The values, with `{place}` in texts filled in."""
    text = json.dumps({**values})
    for name, place in places.items():
        text = text.replace(f"{{{name}}}", place)
    filled: dict[str, Any] = json.loads(text)
    return filled
