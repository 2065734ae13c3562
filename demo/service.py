"""Whom the demo talks to, the sandbox or your community, and the connector that does it.

The connector and the example for DuckDB are run as anyone would run them; the config lies in a folder
that only this user can enter.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import process
from harness.connector import package
from harness.protocol import Output, parsed
from harness.streams import ROOT

GROWTH = 300
"""New records a minute in the sandbox, so that a few seconds bring some to each stream."""
_READ = re.compile(r"(\w+): ([\d,]+) read, ")


class RefusedError(Exception):
    """There is no going on with this service; the text is a sentence about why, and what to do."""


@dataclass(frozen=True)
class Service:
    config: Mapping[str, str]
    private: Path
    is_sandbox: bool = False

    @property
    def shown_config(self) -> str:
        """The config as JSON, fit for a screen."""
        token = self.config["api_token"] if self.is_sandbox else "(from CIRCLE_API_TOKEN)"
        return json.dumps({**self.config, "api_token": token}, indent=2)

    def check(self) -> None:
        output = self._run("check")
        if not output.of("CONNECTION_STATUS"):
            raise _refused(output)
        status, message = output.status
        if status != "SUCCEEDED":
            raise RefusedError(message)

    def discover(self) -> dict[str, Mapping[str, Any]]:
        """Stream -> its JSON schema."""
        output = self._run("discover")
        if not output.of("CATALOG"):
            raise _refused(output)
        return {name: stream["json_schema"] for name, stream in output.streams.items()}

    def sync(self, file: Path, say: Callable[[str], None]) -> dict[str, int]:
        """Read what is new since the state in `file` into it; stream -> records received."""
        example = ROOT / "examples" / "sync_to_duckdb.py"
        with subprocess.Popen(
            [sys.executable, example, self.private / "config.json", file],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            received = {}
            for line in running.stdout or ():
                say(line.rstrip())
                if found := _READ.match(line):
                    received[found[1]] = int(found[2].replace(",", ""))
            errors = running.stderr.read() if running.stderr else ""
        if running.returncode:
            raise RefusedError(errors.strip() or "The sync failed.")
        return received

    def _run(self, command: str) -> Output:
        arguments = package(self.private).arguments(command, self.config)
        run = process.run(arguments, self.private, os.environ, limit=1800.0)
        sys.stderr.write(run.stderr)
        return parsed(run)


def own_community(private: Path) -> Service | None:
    """The service that CIRCLE_API_TOKEN opens; None without one."""
    names = ("api_token", "base_url", "start_date")
    given = {name: os.environ.get(f"CIRCLE_{name.upper()}", "") for name in names}
    config = {name: value for name, value in given.items() if value}
    return Service(config, private) if given["api_token"] else None


def start_sandbox(events: int, private: Path) -> Service:
    """A sandbox with so many events, in a process that ends with this one.

    The rows settle within `settling_period`: a minute by default, which would be a minute of waiting
    for the second sync; the sandbox stores its rows at once.
    """
    few = events // 4
    options = {"events": events, "visits": few, "tracker": few, "days": 180, "growth": GROWTH}
    flags = [f"--{name}={value}" for name, value in options.items()]
    running = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port=0", "--die-with-parent", *flags],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    config = json.loads(running.stdout.readline() or "{}") if running.stdout else {}
    if not config:
        raise RefusedError("The sandbox did not start.")
    return Service({**config, "settling_period": "PT5S"}, private, is_sandbox=True)


def _refused(output: Output) -> RefusedError:
    said = [error["message"] for error in output.errors]
    return RefusedError(said[-1] if said else "The connector ended without a word.")
