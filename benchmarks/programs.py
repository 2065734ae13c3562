"""What is measured, and how each program is called."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, Environments
from harness.connector import Connector
from harness.streams import configured, loaded

_PEERS = ROOT / "benchmarks" / "peers"
_EXAMPLES = ROOT / "examples"
Config = Mapping[str, Any]
Command = list[str | Path]
Called = Callable[[Environments, Path, Config], Command]


@dataclass(frozen=True)
class Program:
    name: str
    """As the tables show it."""
    command: Called
    """Writes its inputs into the folder and says how it is called."""
    leaves: str
    """The kind of `check.py` by which its records are found."""
    parallel: bool = False
    """Whether it asks for several pages at once."""
    variables: Mapping[str, str] = field(default_factory=dict)


def _airbyte(script: str, manifest: Path | None = None) -> Called:
    injected = {"__injected_declarative_manifest": loaded(manifest)} if manifest else None

    def command(environments: Environments, folder: Path, config: Config) -> Command:
        connector = Connector([environments.connector / script], folder, injected)
        return connector.arguments("read", config, catalog=configured("events"))

    return command


def _script(path: Path, *words: str, python: str | None = None) -> Called:
    """By the peers' Python, if no other; {config} and {folder} in `words` are filled in."""

    def command(environments: Environments, folder: Path, config: Config) -> Command:
        given = folder / "config.json"
        given.write_text(json.dumps(config))
        filled = [word.format(config=given, folder=folder) for word in words]
        # Where ours looks for the console script.
        path_variable = f"PATH={environments.connector}:/usr/bin:/bin"
        return ["env", path_variable, python or environments.peers / "python", path, *filled]

    return command


def _dlt(name: str, way: str, extent: str = "extract", *, compressed: bool = True) -> Program:
    variables = {"RUNTIME__DLTHUB_TELEMETRY": "false"}
    if not compressed:
        variables["DATA_WRITER__DISABLE_COMPRESSION"] = "true"
    if way == "windows":
        variables["EXTRACT__WORKERS"] = "10"
    command = _script(_PEERS / "dlt_circle.py", "{config}", way, extent)
    leaves = "dlt_duckdb" if extent == "load" else "dlt_files"
    return Program(f"dlt {name}", command, leaves, way == "windows", variables)


_RUNTIME = "source-declarative-manifest"
CONNECTOR = Program("this connector", _airbyte("source-circle-events"), "airbyte", parallel=True)
PLAIN = Program("a plain manifest", _airbyte(_RUNTIME, _PEERS / "plain_manifest.yaml"), "airbyte")
ALL = (
    CONNECTOR,
    Program(
        "its manifest.yaml alone",
        _airbyte(_RUNTIME, ROOT / "manifest.yaml"),
        "airbyte",
        parallel=True,
    ),
    PLAIN,
    _dlt("rest_api, extract", "rest"),
    _dlt("rest_api, extract, uncompressed", "rest", compressed=False),
    _dlt("windows by hand, extract", "windows"),
    _dlt("windows by hand, extract, uncompressed", "windows", compressed=False),
    Program(
        "a Meltano SDK tap", _script(_PEERS / "tap_circle.py", "--config", "{config}"), "singer"
    ),
    Program("a bare requests loop", _script(_PEERS / "floor.py", "{config}"), "records"),
)
INTO_DUCKDB = (
    CONNECTOR,
    Program(
        "this connector, into DuckDB",
        _script(_EXAMPLES / "sync_to_duckdb.py", "{config}", "{folder}/circle.duckdb"),
        "our_duckdb",
    ),
    Program(
        "this connector with PyAirbyte",
        _script(
            _EXAMPLES / "sync_with_pyairbyte.py",
            "{config}",
            "{folder}/circle.duckdb",
            python=sys.executable,  # whose environment has it
        ),
        "our_duckdb",
    ),
    _dlt("rest_api", "rest", "load"),
    _dlt("windows by hand", "windows", "load"),
)
"""The roads into a DuckDB file, after the bare read."""
