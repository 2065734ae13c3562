"""Runs one `read` as Airbyte would: files in, lines out, an exit code, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from trials.scenario import Runtime

_ROOT = Path(__file__).parents[1]
_BIN = Path(sys.executable).parent
MANIFEST: dict[str, Any] = yaml.load(
    (_ROOT / "manifest.yaml").read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
)
_CATALOG = json.loads((_ROOT / "examples" / "catalog.json").read_bytes())
_COMMAND = {"package": "source-circle-events", "manifest": "source-declarative-manifest"}


@dataclass(frozen=True)
class Run:
    exit_code: int
    lines: Sequence[str]
    errors: str
    """Of stderr."""
    seconds: float
    silence: float
    """Longest time between two lines, in seconds."""
    hung: bool
    """It was ended because it took too long."""
    killed: bool


@dataclass(frozen=True)
class Kill:
    line: int
    """Which line of the output must have come: a measure that a busy machine does not change."""
    after: float
    """Seconds after that line."""
    signal: signal.Signals


def read(
    runtime: Runtime,
    folder: Path,
    config: Mapping[str, object],
    state: object = None,
    *,
    limit: float = 120.0,
    debug: bool = False,
    kill: Kill | None = None,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """`folder` takes the inputs (`in`), and is the process's working and temporary directory (`out`)."""
    arguments = command(runtime, folder, config, state)
    if debug:
        arguments.append("--debug")
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with (
        (folder / "stderr").open("w+") as errors,
        subprocess.Popen(
            arguments,
            cwd=out,
            env={**os.environ, "HOME": str(out), "TMPDIR": str(out), **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="surrogateescape",
        ) as process,
    ):
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            process.kill()

        expiry = threading.Timer(limit, expire)
        expiry.start()
        killer = threading.Timer(kill.after, process.send_signal, [kill.signal]) if kill else None
        lines: list[str] = []
        silence, last = 0.0, started
        assert process.stdout is not None
        for line in process.stdout:
            silence = max(silence, time.monotonic() - last)
            last = time.monotonic()
            lines.append(line.rstrip("\n"))
            if killer and kill and len(lines) == kill.line:
                killer.start()
        code = process.wait()
        expiry.cancel()
        if killer:
            killer.cancel()
        errors.seek(0)
        (folder / "stdout").write_text("\n".join(lines), errors="surrogateescape")
        return Run(
            code,
            lines,
            errors.read(),
            time.monotonic() - started,
            silence,
            expired.is_set(),
            kill is not None and code in (-kill.signal, 128 + kill.signal),
        )


def command(
    runtime: Runtime, folder: Path, config: Mapping[str, object], state: object = None
) -> list[str]:
    """The command line of a `read`, its inputs written to `folder`."""
    return [str(_BIN / _COMMAND[runtime]), "read", *_inputs(runtime, folder, config, state)]


def _inputs(
    runtime: Runtime, folder: Path, config: Mapping[str, object], state: object
) -> list[str]:
    given = folder / "in"
    given.mkdir(parents=True, exist_ok=True)
    if runtime == "manifest":
        config = {**config, "__injected_declarative_manifest": MANIFEST}
    files: dict[str, object] = {"config": config, "catalog": _CATALOG}
    if state is not None:
        files["state"] = state
    arguments = []
    for name, content in files.items():
        (given / f"{name}.json").write_text(json.dumps(content))
        arguments += [f"--{name}", str(given / f"{name}.json")]
    return arguments
