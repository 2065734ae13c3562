"""What is measured, and how each program is called."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.connector import BIN, Connector
from harness.environments import environment
from harness.streams import ENDPOINTS, ROOT, STREAMS, configured, loaded, states

_PEERS = ROOT / "benchmarks" / "peers"
_EXAMPLES = ROOT / "examples"
_CONNECTOR = ROOT / ".venv-bench"


@dataclass(frozen=True)
class Environments:
    connector: Path
    """`bin` of the connector's: as a user gets it, the wheel with the locked dependencies, no more."""
    peers: Path
    """`bin` of one for everything it is compared with."""

    @classmethod
    def prepared(cls) -> Environments:
        """The connector's, made or brought up to date, and that of the development tools."""
        fresh = ["--no-deps", "--reinstall", "--refresh-package", "source-circle-events"]
        return cls(
            environment(
                _CONNECTOR,
                ["sync", "--require-hashes", ROOT / "requirements" / "connector.txt"],
                ["install", *fresh, ROOT],
            ),
            BIN,
        )


Config = Mapping[str, Any]
Command = list[str | Path]
Called = Callable[[Environments, Path, Config], Command]


@dataclass(frozen=True)
class Program:
    name: str
    """As the tables show it."""
    command: Called
    """Writes its inputs into the folder and says how it is called."""
    leaves: str = "airbyte"
    """The kind of `check.py` by which its records are found."""
    brings: tuple[str, ...] = ("events",)
    """The endpoints whose rows must come, each once; no others may."""
    parallel: bool = False
    """Whether it asks for several pages at once."""
    variables: Mapping[str, str] = field(default_factory=dict)


def _airbyte(
    script: str = "source-circle-events",
    verb: str = "read",
    *,
    manifest: Path | None = None,
    streams: tuple[str, ...] = ("events",),
    resumes: bool = False,
) -> Called:
    """`resumes`: goes on from where the history has long ended."""
    injected = {"__injected_declarative_manifest": loaded(manifest)} if manifest else None

    def command(environments: Environments, folder: Path, config: Config) -> Command:
        connector = Connector([environments.connector / script], folder, injected)
        if verb != "read":
            return connector.arguments(verb, None if verb == "spec" else config)
        lately = datetime.now(UTC) - timedelta(minutes=5)
        given = states({"created_at": f"{lately:%Y-%m-%dT%H:%M:%SZ}"}) if resumes else None
        return connector.arguments("read", config, catalog=configured(*streams), state=given)

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
    return Program(
        f"dlt {name}",
        _script(_PEERS / "dlt_circle.py", "{config}", way, extent),
        "dlt_duckdb" if extent == "load" else "dlt_files",
        parallel=way == "windows",
        variables=variables,
    )


def _python(code: str) -> Called:
    return lambda environments, _, __: [environments.connector / "python", "-c", code]


_RUNTIME = "source-declarative-manifest"
CONNECTOR = Program("this connector", _airbyte(), parallel=True)
PLAIN = Program("a plain manifest", _airbyte(_RUNTIME, manifest=_PEERS / "plain_manifest.yaml"))
ALL = (
    CONNECTOR,
    Program(
        "its manifest.yaml alone",
        _airbyte(_RUNTIME, manifest=ROOT / "manifest.yaml"),
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
SYNCS = (
    Program("first", _airbyte(streams=STREAMS), brings=tuple(ENDPOINTS.values())),
    Program("nothing new", _airbyte(streams=STREAMS, resumes=True), brings=()),
)
"""Of all streams, one after the other."""
COMMANDS = (
    Program("`python -c pass`", _python("pass"), brings=()),
    Program("`import airbyte_cdk`", _python("import airbyte_cdk"), brings=()),
    *(
        Program(f"`{verb}`", _airbyte(verb=verb), brings=())
        for verb in ("spec", "check", "discover")
    ),
)
