"""Runs programs against a sandbox, measures them, and checks that they read every id once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.programs import Program
from harness import process
from harness.streams import ROOT
from sandbox.sandbox import Client

_REMOVED = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "VIRTUAL_ENV")
"""Variables that slow Python down or point it elsewhere; no program gets them."""


@dataclass(frozen=True)
class Run:
    records: int
    requests: int
    wall: float
    cpu: float
    peak: int
    """Bytes."""


@dataclass(frozen=True)
class Case:
    """A program, options of the sandbox that it reads, and settings that differ from the sandbox's;
    None removes a setting."""

    program: Program
    service: Mapping[str, Any]
    config: Mapping[str, Any] = field(default_factory=dict)


def in_turns(
    cases: Mapping[str, Case], rounds: int, scale: float, **service: Any
) -> dict[str, list[Run]]:
    """Run all cases once, then again, `rounds` times; `scale` is applied to the number of events.

    `service`: options of the sandbox for all cases.
    """
    runs: dict[str, list[Run]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            options = {**case.service, **service, "events": int(case.service["events"] * scale)}
            with sandbox(options) as (client, config):
                changed = {**config, **case.config}
                given = {key: value for key, value in changed.items() if value is not None}
                runs[name].append(_measure(case.program, client, given))
            print(name, options, runs[name][-1], flush=True)
    return runs


def _measure(program: Program, client: Client, config: Mapping[str, Any]) -> Run:
    # On tmpfs, so that no disk is measured; 2 million records take 2 GB there.
    tmpfs = "/dev/shm" if Path("/dev/shm").is_dir() else None
    variables = {name: value for name, value in os.environ.items() if name not in _REMOVED}
    variables["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # dlt reads it while it is imported
    with tempfile.TemporaryDirectory(prefix="circle-bench-", dir=tmpfs) as made:
        folder = Path(made)
        command, out = program.command(folder, config), folder / "out"
        run = process.run(command, folder, variables, limit=1800, into=out)
        if run.code:
            last = out.read_text(errors="replace")[-2000:]
            sys.exit(f"{command[0]} ended with {run.code}\n{run.stderr[-2000:]}\n{last}")
        records, requests = 0, int(client.stats()["requests"])
        if program.output:
            # In another process: Linux counts the memory of this one towards the peak of the next run.
            command = [sys.executable, "-m", "benchmarks.check", program.output]
            records = int(subprocess.check_output([*command, folder, client.origin], cwd=ROOT))
    return Run(records, requests, run.seconds, run.cpu, run.peak)


@contextmanager
def sandbox(options: Mapping[str, Any]) -> Iterator[tuple[Client, dict[str, Any]]]:
    """Start a sandbox as a process, and yield it with the config to use.

    By default it has no rate limit, and a history of 90 days that ended an hour ago.
    """
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    common = {"visits": 1000, "tracker": 1000, "days": 90, "rate_limit": 0}
    given = {**common, "until": f"{until:%Y-%m-%dT%H:%M:%SZ}", **options}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    command = [sys.executable, "-m", "sandbox", "--port=0", "--die-with-parent", *flags]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        try:
            line = running.stdout.readline() if running.stdout else ""
            if not line:
                sys.exit("The sandbox did not start: try `make sandbox`.")
            config = json.loads(line)
            port = int(config["base_url"].split(":")[2].split("/")[0])
            yield Client(port, config["api_token"]), config
        finally:
            running.terminate()
