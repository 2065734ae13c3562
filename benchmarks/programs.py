"""The programs that are measured, and their command lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.connector import BIN, Connector
from harness.environments import environment
from harness.streams import ROOT, configured, loaded

_INSTALLED = ROOT / ".venv-bench" / "bin"
"""Has the wheel and its locked dependencies, as a user gets them. The other tools are in .venv."""

Command = Callable[[Path, Mapping[str, Any]], list[str | Path]]
"""Writes the program's inputs into the folder and returns its command line."""


@dataclass(frozen=True)
class Program:
    command: Command
    output: str | None = None
    """How `check.py` finds the records, if the program reads any."""


def install() -> None:
    """Create or update the environment with the connector."""
    fresh = ["--no-deps", "--reinstall", "--refresh-package", "source-circle-events"]
    environment(
        _INSTALLED.parent,
        ["sync", "--require-hashes", ROOT / "requirements" / "connector.txt"],
        ["install", *fresh, ROOT],
    )


def _connector(verb: str = "read", manifest: Path | None = None) -> Program:
    """The package, or `manifest` in the CDK's runtime."""
    script = "source-declarative-manifest" if manifest else "source-circle-events"
    injected = {"__injected_declarative_manifest": loaded(manifest)} if manifest else None

    def command(folder: Path, config: Mapping[str, Any]) -> list[str | Path]:
        connector = Connector([_INSTALLED / script], folder, injected)
        if verb == "read":
            return connector.arguments(verb, config, catalog=configured("events"))
        return connector.arguments(verb, None if verb == "spec" else config)

    return Program(command, "airbyte" if verb == "read" else None)


def _script(path: str, output: str, argument: str) -> Program:
    """A Python file of the repository, called with a config file and `argument`."""

    def command(folder: Path, config: Mapping[str, Any]) -> list[str | Path]:
        file = folder / "config.json"
        file.write_text(json.dumps(config))
        return [BIN / "python", ROOT / path, file, argument]

    return Program(command, output)


PACKAGE = _connector()
MANIFEST = _connector(manifest=ROOT / "manifest.yaml")
PLAIN = "a plain manifest"
PEERS = {
    "**package**": PACKAGE,
    "**manifest alone**": MANIFEST,
    PLAIN: _connector(manifest=ROOT / "benchmarks/peers/plain_manifest.yaml"),
    "dlt, ten windows": _script("benchmarks/peers/dlt_circle.py", "dlt_files", "extract"),
}
INTO_DUCKDB = {
    "package, without DuckDB": PACKAGE,
    "**sync_to_duckdb.py**": _script("examples/sync_to_duckdb.py", "duckdb", "circle.duckdb"),
    "sync_with_pyairbyte.py": _script("examples/sync_with_pyairbyte.py", "duckdb", "circle.duckdb"),
    "dlt, ten windows": _script("benchmarks/peers/dlt_circle.py", "dlt_duckdb", "load"),
}
COMMANDS = {
    "`import airbyte_cdk`": Program(lambda *_: [_INSTALLED / "python", "-c", "import airbyte_cdk"]),
    **{f"`{verb}`": _connector(verb) for verb in ("spec", "check", "discover")},
}
