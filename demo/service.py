"""Whom the demo talks to, the sandbox or your community, and the connector that does it.

The connector and the example for DuckDB are run as anyone would run them; the config lies in a folder
that only this user can enter.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from demo import RefusedError
from harness import process
from harness.connector import package
from harness.protocol import Output, parsed
from harness.streams import ROOT
from sandbox import Options, Sandbox

GROWTH = 300
"""New records a minute in the sandbox, so that a few seconds bring some to each stream."""
_READ = re.compile(r"(\w+): ([\d,]+) read, ")
_WITH_US = ["setpriv", "--pdeathsig", "TERM"]
"""In front of a command, it ends that also when the demo is killed."""


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
        status, message = self._run("check", "CONNECTION_STATUS").status
        if status != "SUCCEEDED":
            raise RefusedError(message)

    def discover(self) -> dict[str, Mapping[str, Any]]:
        """Stream -> its JSON schema."""
        output = self._run("discover", "CATALOG")
        return {name: stream["json_schema"] for name, stream in output.streams.items()}

    def sync(self, file: Path, say: Callable[[str], None]) -> dict[str, int]:
        """Read what is new since the state in `file` into it; stream -> records received."""
        example = ROOT / "examples" / "sync_to_duckdb.py"
        with subprocess.Popen(
            [*_with_us(), sys.executable, example, self.private / "config.json", file],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            received = {}
            try:
                for line in running.stdout or ():
                    say(line.rstrip())
                    if found := _READ.match(line):
                        received[found[1]] = int(found[2].replace(",", ""))
                errors = running.stderr.read() if running.stderr else ""
            except BaseException:
                running.terminate()
                running.wait()  # after Ctrl-C, `Popen` itself waits for a quarter of a second only
                raise
        if running.returncode:
            raise RefusedError(errors.strip() or "The sync failed.")
        return received

    def _run(self, command: str, due: str) -> Output:
        """What the connector writes, with at least one message of the kind that is due."""
        arguments = package(self.private).arguments(command, self.config)
        run = process.run([*_with_us(), *arguments], self.private, os.environ, limit=1800.0)
        sys.stderr.write(run.stderr)
        output = parsed(run)
        if not output.of(due):
            said = [error["message"] for error in output.errors]
            raise RefusedError(said[-1] if said else "The connector ended without a word.")
        return output


@cache
def _with_us() -> list[str]:
    """Nothing where there is no such command, or a lesser one: not Linux, or BusyBox."""
    known = shutil.which(_WITH_US[0])
    run = subprocess.run([*_WITH_US, "true"], capture_output=True, check=False) if known else None
    return _WITH_US if run and run.returncode == 0 else []


@contextmanager
def own_or_sandbox(events: int, private: Path) -> Iterator[Service]:
    """The service that CIRCLE_API_TOKEN opens; without one, a sandbox with so many events.

    Rows settle within `settling_period`: a minute by default, which would be a minute of waiting for
    the second sync; the sandbox stores its rows at once.
    """
    names = ("api_token", "base_url", "start_date")
    given = {name: os.environ.get(f"CIRCLE_{name.upper()}", "") for name in names}
    if given["api_token"]:
        yield Service({name: value for name, value in given.items() if value}, private)
        return
    few = events // 4
    options = Options(events=events, visits=few, tracker=few, days=180, growth=GROWTH)
    with Sandbox(options) as api:
        yield Service({**api.config(), "settling_period": "PT5S"}, private, is_sandbox=True)
