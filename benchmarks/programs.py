"""What is measured, and how each program is called."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, Environments
from harness.connector import Connector
from harness.streams import configured, loaded

_EVENTS = configured("events")
_PEERS = ROOT / "benchmarks" / "peers"
Config = Mapping[str, Any]
Command = list[str | Path]


@dataclass(frozen=True)
class Program:
    name: str
    """As the tables show it."""
    command: Callable[[Environments, Path, Config], Command]
    """Writes its inputs into the folder and says how it is called."""
    leaves: str
    """The kind of `check.py` by which its records are found."""
    parallel: bool = False
    """Whether it asks for several pages at once."""
    variables: Mapping[str, str] = field(default_factory=dict)


def _written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def _package(environments: Environments, folder: Path, config: Config) -> Command:
    script = environments.connector / "source-circle-events"
    return Connector([script], folder).arguments("read", config, catalog=_EVENTS)


def _declarative(manifest: Path) -> Callable[[Environments, Path, Config], Command]:
    def command(environments: Environments, folder: Path, config: Config) -> Command:
        runtime = environments.connector / "source-declarative-manifest"
        injected = {"__injected_declarative_manifest": loaded(manifest)}
        return Connector([runtime], folder, injected).arguments("read", config, catalog=_EVENTS)

    return command


def _script(
    name: str, *words: str, flag: str | None = None
) -> Callable[[Environments, Path, Config], Command]:
    def command(environments: Environments, folder: Path, config: Config) -> Command:
        path = _written(folder / "config.json", config)
        flags = [flag] if flag else []
        return [environments.peers / "python", _PEERS / name, *flags, path, *words]

    return command


def _into_duckdb(environments: Environments, folder: Path, config: Config) -> Command:
    """DuckDB is in the peers' environment, the console script on PATH."""
    script = ROOT / "examples" / "sync_to_duckdb.py"
    path = f"PATH={environments.connector}:/usr/bin:/bin"
    given = _written(folder / "config.json", config)
    return ["env", path, environments.peers / "python", script, given, folder / "circle.duckdb"]


_QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false"}
_UNCOMPRESSED = {**_QUIET, "DATA_WRITER__DISABLE_COMPRESSION": "true"}
_TEN_WORKERS = {"EXTRACT__WORKERS": "10"}

CONNECTOR = Program("this connector", _package, "airbyte", parallel=True)
MANIFEST = Program(
    "its manifest.yaml alone", _declarative(ROOT / "manifest.yaml"), "airbyte", parallel=True
)
INTO_DUCKDB = Program("this connector, into DuckDB", _into_duckdb, "our_duckdb", parallel=True)
PLAIN = Program("a plain manifest", _declarative(_PEERS / "plain_manifest.yaml"), "airbyte")
TAP = Program("a Meltano SDK tap", _script("tap_circle.py", flag="--config"), "singer")
FLOOR = Program("a bare requests loop", _script("floor.py"), "records")


def _dlt(name: str, way: str, extent: str, variables: Mapping[str, str]) -> Program:
    return Program(
        f"dlt {name}",
        _script("dlt_circle.py", way, extent),
        "dlt_duckdb" if extent == "load" else "dlt_files",
        parallel=way == "windows",
        variables={**variables, **(_TEN_WORKERS if way == "windows" else {})},
    )


DLT_REST = _dlt("rest_api, extract", "rest", "extract", _QUIET)
DLT_REST_FAST = _dlt("rest_api, extract, uncompressed", "rest", "extract", _UNCOMPRESSED)
DLT_REST_LOAD = _dlt("rest_api, into DuckDB", "rest", "load", _QUIET)
DLT_WINDOWS = _dlt("windows by hand, extract", "windows", "extract", _QUIET)
DLT_WINDOWS_FAST = _dlt(
    "windows by hand, extract, uncompressed", "windows", "extract", _UNCOMPRESSED
)
DLT_WINDOWS_LOAD = _dlt("windows by hand, into DuckDB", "windows", "load", _QUIET)

ALL = (
    CONNECTOR,
    MANIFEST,
    PLAIN,
    DLT_REST,
    DLT_REST_FAST,
    DLT_WINDOWS,
    DLT_WINDOWS_FAST,
    INTO_DUCKDB,
    DLT_REST_LOAD,
    DLT_WINDOWS_LOAD,
    TAP,
    FLOOR,
)
LOADING = (INTO_DUCKDB, DLT_REST_LOAD, DLT_WINDOWS_LOAD)
"""They do more than the others: what they read is in a warehouse when they end."""
