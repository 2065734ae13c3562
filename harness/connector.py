"""Calls a connector as a platform does: with input files, reading stdout and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import process
from harness.protocol import Message, Output, parsed
from harness.streams import MANIFEST

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Connector:
    """A command that takes `spec`, `check`, `discover` or `read`; `injected` goes into each config."""

    command: Sequence[str | Path]
    folder: Path
    """Takes the input files and is the working directory."""
    injected: Mapping[str, object] | None = None
    inside: Path | None = None
    """Where the command finds `folder`, if it runs in a container."""
    working: Path | None = None
    """The working, home and temporary directory, if other than `folder`."""

    def arguments(
        self,
        verb: str,
        config: Mapping[str, object] | None = None,
        *,
        catalog: Mapping[str, object] | None = None,
        state: Iterable[Message] | None = None,
    ) -> list[str | Path]:
        """The command line, with its inputs written to `folder`."""
        files = {
            "config": None if config is None else {**config, **(self.injected or {})},
            "catalog": catalog,
            "state": None if state is None else list(state),
        }
        folder = self.folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        arguments = [*self.command, verb]
        for name, content in files.items():
            if content is None:
                continue
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content))
            path.chmod(0o644)
            arguments += [f"--{name}", (self.inside or folder) / path.name]
        return arguments

    def run(self, verb: str, config: Mapping[str, object] | None = None, **how: Any) -> Output:
        """Like `attempt`, but the command must end by itself and write valid messages only."""
        output = self.attempt(verb, config, **how)
        assert not output.run.hung, f"still running after {output.run.seconds:.0f} s"
        assert not output.invalid_lines, (
            f"not a protocol message on stdout: {output.invalid_lines[0]!r}"
        )
        return output

    def attempt(
        self,
        verb: str,
        config: Mapping[str, object] | None = None,
        *,
        catalog: Mapping[str, object] | None = None,
        state: Iterable[Message] | None = None,
        variables: Mapping[str, str] | None = None,
        debug: bool = False,
        **how: Any,
    ) -> Output:
        """Run the command and return its output. For `how` (reader, kill, limit) see `process.run`."""
        command = self.arguments(verb, config, catalog=catalog, state=state)
        place = (self.working or self.folder).resolve()
        place.mkdir(parents=True, exist_ok=True)
        home = {"HOME": str(place), "TMPDIR": str(place)} if self.working else {}
        given = process.on_loopback(**home, **(variables or {}))
        run = process.run([*command, *(["--debug"] if debug else [])], place, given, **how)
        gone = how.get("reader", process.FAST).gone_after is not None
        return parsed(run, cut=run.killed or run.hung or gone)


def package(folder: Path, working: Path | None = None) -> Connector:
    """The console script of the installed package."""
    return Connector([BIN / "source-circle-events"], folder, working=working)


def manifest_alone(folder: Path, working: Path | None = None, commands: Path = BIN) -> Connector:
    """The repository's manifest in the runtime that Airbyte Cloud uses."""
    injected = {"__injected_declarative_manifest": MANIFEST}
    return Connector([commands / "source-declarative-manifest"], folder, injected, working=working)
