"""The runs of one trial: the command, what it is given, each from the last STATE of those before."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.connector import Connector, manifest_alone, package
from harness.process import FAST, Kill
from harness.protocol import Output, last_states
from harness.streams import ROOT, configured, states
from trials.scenario import Runtime, Scenario

_ENDLESS = 30.0
"""Seconds after which a first run that is not expected to end is ended."""


@dataclass
class Syncs:
    scenario: Scenario
    runtime: Runtime
    folder: Path
    commands: Path
    config: dict[str, Any]
    state: Any
    """What each stream is given in the first run; None: nothing."""
    certificate: Path | None
    """Of the sandbox, if it speaks TLS."""
    done: list[Output] = field(default_factory=list)

    def check(self) -> Output:
        return self._connector(self.place).attempt("check", self.config)

    def read(self, kill: Kill | None = None) -> Output:
        first = not self.done
        given = None if self.state is None else states(self.state)
        beyond = self.scenario.beyond_manifest if self.runtime == "manifest" else None
        endless = first and beyond is not None and "still running" in beyond.shows
        nobody = first and self.scenario.nobody
        output = self._connector(self.place).attempt(
            "read",
            {**self.config, **({"base_url": "http://127.0.0.1:9/data_api/v1"} if nobody else {})},
            catalog=configured(),
            state=given if first else last_states(self.done),
            variables={"REQUESTS_CA_BUNDLE": str(self.certificate)} if self.certificate else {},
            debug=self.scenario.debug,
            reader=self.scenario.reader if first else FAST,
            kill=kill,
            limit=min(_ENDLESS, self.scenario.limit) if endless else self.scenario.limit,
        )
        (self.place / "stdout").write_bytes(output.run.stdout)
        return output

    @property
    def place(self) -> Path:
        """Takes the files of the next run: `in` what it is given, `out` what it may write."""
        return self.folder / str(len(self.done))

    def _connector(self, folder: Path) -> Connector:
        given, out = folder / "in", folder / "out"
        if self.scenario.abandons:
            script = ROOT / "trials" / "abandoned.py"
            return Connector([sys.executable, "-P", script], given, working=out)
        if self.runtime == "package":
            return package(given, out)
        return manifest_alone(given, out, self.commands)
