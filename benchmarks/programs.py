"""The programs that are measured, and their command lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.connector import BIN, Connector
from harness.environments import environment
from harness.streams import ROOT, configured, loaded

_PEERS = ROOT / "benchmarks" / "peers"
_EXAMPLES = ROOT / "examples"
_INSTALLED = ROOT / ".venv-bench" / "bin"
"""Has the wheel and its locked dependencies, as a user gets them. The other tools are in .venv."""

Command = Callable[[Path, Mapping[str, Any]], list[str | Path]]
"""Writes the program's inputs into the folder and returns its command line."""


@dataclass(frozen=True)
class Program:
    command: Command
    output: str | None = None
    """How `check.py` finds the records, if the program reads any."""
    variables: Mapping[str, str] = field(default_factory=dict)
    slowest: float = 60
    """Seconds a page with which it is still measured."""


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


def _script(path: Path, output: str, *words: str, **variables: str) -> Program:
    """A Python file, called with `words`, in which {config} is replaced."""

    def command(folder: Path, config: Mapping[str, Any]) -> list[str | Path]:
        file = folder / "config.json"
        file.write_text(json.dumps(config))
        return [BIN / "python", path, *(word.format(config=file) for word in words)]

    return Program(command, output, variables)


def _dlt(way: str, extent: str) -> Program:
    variables = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DATA_WRITER__DISABLE_COMPRESSION": "true"}
    if way == "windows":
        variables["EXTRACT__WORKERS"] = "10"
    output = "dlt_duckdb" if extent == "load" else "dlt_files"
    return _script(_PEERS / "dlt_circle.py", output, "{config}", way, extent, **variables)


def _one_by_one(program: Program) -> Program:
    """Requests one page at a time, so that 1 s a page is not worth measuring: it mostly waits."""
    return replace(program, slowest=0.3)


PACKAGE = _connector()
MANIFEST = _connector(manifest=ROOT / "manifest.yaml")
PLAIN = "a plain manifest"
PEERS = {
    "**package**": PACKAGE,
    "**manifest alone**": MANIFEST,
    PLAIN: _connector(manifest=_PEERS / "plain_manifest.yaml"),
    "dlt, ten windows": _dlt("windows", "extract"),
    "dlt, rest_api": _one_by_one(_dlt("rest", "extract")),
    "Meltano SDK tap": _one_by_one(
        _script(_PEERS / "tap_circle.py", "singer", "--config", "{config}")
    ),
}
INTO_DUCKDB = {
    "package, without DuckDB": PACKAGE,
    "**sync_to_duckdb.py**": _script(
        _EXAMPLES / "sync_to_duckdb.py", "our_duckdb", "{config}", "circle.duckdb"
    ),
    "sync_with_pyairbyte.py": _script(
        _EXAMPLES / "sync_with_pyairbyte.py", "our_duckdb", "{config}", "circle.duckdb"
    ),
    "dlt, ten windows": _dlt("windows", "load"),
    "dlt, rest_api": _dlt("rest", "load"),
}
COMMANDS = {
    "`import airbyte_cdk`": Program(lambda *_: [_INSTALLED / "python", "-c", "import airbyte_cdk"]),
    **{f"`{verb}`": _connector(verb) for verb in ("spec", "check", "discover")},
}
