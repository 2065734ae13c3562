"""One scenario against one runtime: the runs, and what the law says about them."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from sandbox.listener import STRANGER, Listener
from trials import invariants
from trials.output import Output, parse
from trials.process import Run, read
from trials.scenario import Runtime, Scenario
from trials.world import STREAMS, TOKEN, World

SETTLING = timedelta(seconds=60)
_MARGIN = timedelta(seconds=5)
"""Between the sandbox's look at its clock and the connector's."""
_NAMES_KEYS = ("event_types", "", "tracker_event_types")
"""The setting that chooses a stream's names."""
_ENDLESS = 20.0
"""Seconds after which a run that is not expected to end is ended."""


@dataclass(frozen=True)
class Verdict:
    scenario: Scenario
    runtime: Runtime
    wrong: tuple[str, ...]
    exits: tuple[int, ...]
    records: int
    requests: int
    seconds: float
    message: str
    """The first thing a user was told, if the first run failed."""

    @property
    def holds(self) -> bool:
        return not self.wrong or self.limited

    @property
    def limited(self) -> bool:
        """A declared limit of the manifest. None covers a token that got out."""
        declared = self.runtime == "manifest" and self.scenario.beyond_manifest is not None
        return declared and not any("token" in wrong for wrong in self.wrong)

    @property
    def word(self) -> str:
        """What the table says."""
        if self.limited:
            return f"limit: {self.scenario.beyond_manifest}"
        if self.wrong:
            return f"BROKEN: {self.wrong[0]}"
        if self.scenario.word or not self.exits[0]:
            return self.scenario.word or "complete"
        if self.runtime == "manifest" and self.scenario.cdk_words:
            return "fails in the CDK's words, then resumes"
        return "fails, then resumes"


class Trial:
    def __init__(self, scenario: Scenario, runtime: Runtime, world: World, folder: Path) -> None:
        self.scenario, self.runtime, self.world, self.folder = scenario, runtime, world, folder
        self.wrong: list[str] = []
        self.runs: list[Run] = []
        self.outputs: list[Output] = []

    @property
    def limit(self) -> float:
        """The declared limits of the manifest are mostly loops without an end."""
        beyond = self.runtime == "manifest" and self.scenario.beyond_manifest
        return min(_ENDLESS, self.scenario.limit) if beyond else self.scenario.limit

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
            self.api = stack.enter_context(Sandbox(self.world.options(options)))
            first = self.run()
            if first.exit_code == 0:
                self._succeeded()
            else:
                self._failed(first)
            if any(visit.secret or visit.authorization for visit in other.visits):
                self.wrong.append("the token reached another host")
            requests = self.api.stats()["requests"]
        return self.verdict(requests)

    def verdict(self, requests: int) -> Verdict:
        failures = self.outputs[0].failures
        return Verdict(
            self.scenario,
            self.runtime,
            tuple(dict.fromkeys(self.wrong)),
            tuple(run.exit_code for run in self.runs),
            sum(output.records for output in self.outputs),
            requests,
            sum(run.seconds for run in self.runs),
            (failures[0].get("message") or "") if failures else "",
        )

    def run(self, **more: Any) -> Run:
        """One more run, from the last STATE of those before, checked for all that always holds."""
        self.cutoff = self._cutoff()
        folder = self.folder / str(len(self.runs))
        folder.mkdir(parents=True)
        environment = {"NO_PROXY": "*", "no_proxy": "*"}
        if self.api.origin.startswith("https"):
            environment["REQUESTS_CA_BUNDLE"] = str(self.folder / "sandbox.pem")
        run = read(
            self.runtime,
            folder,
            self.api.config() | self.config,
            self.state,
            limit=self.limit,
            debug=self.scenario.debug,
            environment=environment,
            **more,
        )
        output = parse(run.lines, cut=run.killed)
        known = self.known()
        for stream in known:
            if STRANGER in output.ids[stream]:
                self.wrong.append("believed another host's answer")
        self.wrong += (
            invariants.alive(run)
            + invariants.tidy(run, output)
            + invariants.secret(run, folder, self.runtime)
        )
        self.wrong += invariants.honest(output, known, once=self.runtime == "package")
        self.wrong += invariants.states(output, self.outputs, self._identified(self._rows()))
        self.runs.append(run)
        self.outputs.append(output)
        return run

    @property
    def state(self) -> list[dict[str, Any]] | None:
        """The last STATE of each stream over all runs so far."""
        kept: dict[str, dict[str, Any]] = {}
        for output in self.outputs:
            kept.update(output.states)
        return list(kept.values()) or None

    @property
    def config(self) -> dict[str, Any]:
        config = _filled(self.scenario.config, recently=self.world.recently.isoformat())
        if self.scenario.nobody and not self.runs:
            config["base_url"] = "http://127.0.0.1:9/data_api/v1"
        return config

    def _rows(self, **query: object) -> dict[str, dict[str, str]]:
        """What the service has from the start date on."""
        since = self.config.get("start_date", self.world.since.isoformat())
        return {
            stream: self.api.ids(endpoint, since=since, **query, **_names(self.config.get(key)))
            for (stream, endpoint), key in zip(STREAMS.items(), _NAMES_KEYS, strict=True)
        }

    def known(self) -> dict[str, dict[str, str]]:
        return {stream: self.api.ids(endpoint) for stream, endpoint in STREAMS.items()}

    def _succeeded(self) -> None:
        if self.scenario.expect == "fails":
            self.wrong.append("exit 0, where a failure was due")
        for seconds in self.scenario.later:
            time.sleep(seconds)
            if self.run().exit_code:
                self.wrong.append("a later run failed")
        self.wrong += invariants.complete(self.outputs, self._wanted())
        self.wrong += self._without_id()
        says = self.scenario.says if self.runtime == "package" else None
        if says and not any(re.search(says, line) for line in self.outputs[0].logs):
            self.wrong.append(f"no log line says {says!r}")

    def _failed(self, first: Run) -> None:
        if self.scenario.expect == "complete":
            self.wrong.append("failed, where all could have been read")
        if not first.hung and not (self.runtime == "manifest" and self.scenario.cdk_words):
            failure = self.scenario.failure
            if self.runtime == "manifest" and failure == "transient_error":
                failure = None  # what was tried again in vain gets its type from the CDK
            self.wrong += invariants.told(self.outputs[0], failure, self.runtime)
        self.api.change(fault=[], odd=[])
        if self.run().exit_code:
            self.wrong.append("the resumed run failed too")
        self.wrong += invariants.complete(self.outputs, self._wanted())

    def _cutoff(self) -> datetime:
        """Up to here rows are settled, by the clock that is behind."""
        ahead = timedelta(seconds=min(0.0, float(self.api.options()["clock_offset"])))
        return datetime.now(UTC) + ahead - SETTLING - _MARGIN

    def _wanted(self) -> dict[str, dict[str, str]]:
        return self._identified(self._rows(until=self.cutoff.isoformat()))

    def _identified(self, rows: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        """Without the rows that the sandbox serves without their id."""
        identified = {}
        for stream, endpoint in STREAMS.items():
            nameless = self._nameless(endpoint)
            identified[stream] = {i: at for i, at in rows[stream].items() if i not in nameless}
        return identified

    def _nameless(self, endpoint: str) -> set[str]:
        if "odd" not in self.scenario.options:
            return set()
        odd = self.api.odd(endpoint)
        return {i for kind in ("no_id", "null_id") for i in odd.get(kind, ())}

    def _without_id(self) -> list[str]:
        wrong = []
        for stream, endpoint in STREAMS.items():
            due = len(self._nameless(endpoint))
            have = sum(identity is None for o in self.outputs for identity in o.ids[stream])
            if have < due or (have > due and self.runtime == "package"):
                wrong.append(f"{have} {stream} without id, not {due}")
        return wrong


def _names(names: object) -> dict[str, object]:
    return {"names": names} if names else {}


def _filled(values: Mapping[str, object], **places: str) -> dict[str, Any]:
    """The values, with `{place}` in texts filled in."""
    return {key: _fill(value, places) for key, value in values.items()}


def _fill(value: object, places: Mapping[str, str]) -> object:
    if isinstance(value, list | tuple):
        return [_fill(item, places) for item in value]
    if isinstance(value, str):
        for name, text in places.items():
            value = value.replace(f"{{{name}}}", text)
    return value
