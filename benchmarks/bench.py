"""One run of one program: what its whole process tree cost, and whether it brought every id once."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, Environments, clean_variables
from benchmarks.programs import Command, Program
from benchmarks.service import Service
from harness import process

_TICKS = os.sysconf("SC_CLK_TCK")


class FailedError(Exception):
    """The program ended with an error; the text is the end of what it wrote."""


@dataclass(frozen=True)
class Bench:
    """With what it is measured."""

    environments: Environments

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """On tmpfs, so that no disk is measured; outputs of 4 million records take 4 GB there."""
        tmpfs = "/dev/shm" if Path("/dev/shm").is_dir() else None
        with tempfile.TemporaryDirectory(prefix="circle-bench-", dir=tmpfs) as made:
            yield Path(made)

    def run(self, program: Program, service: Service, **config: object) -> dict[str, Any]:
        """The figures of one run that brought every id once; an exception otherwise."""
        with self.folder() as folder:
            command = program.command(self.environments, folder, {**service.config, **config})
            before, load = service.requests_so_far(), os.getloadavg()[0]
            found = cost(command, folder, service, program.variables)
            asked = service.requests_so_far() - before
            records = self._checked(program, folder, service)
        mine = {"program": program.name, "records": records, "requests": asked}
        return {**mine, "load": round(load, 1), **found}

    def _checked(self, program: Program, folder: Path, service: Service) -> int:
        python, script = self.environments.peers / "python", ROOT / "benchmarks" / "check.py"
        command = [python, script, program.leaves, folder, service.origin]
        found = json.loads(subprocess.check_output(command, text=True))
        if found["missing"] or found["extra"]:
            raise FailedError(f"{program.name}: not exactly the sandbox's ids: {found}")
        return int(found["records"])


def cost(
    command: Command, folder: Path, service: Service, variables: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Run to the end, with stdout into `folder/out`; seconds and bytes.

    `foreign`: cores that were busy, on average, with neither the program nor the sandbox. Above a
    tenth or so, `wall` says little; `cpu` suffers far less. The parent must be small: Linux counts
    what the parent holds when it forks towards the child's peak.
    """
    busy, serving = _machine(), _process(service.process_id)
    given = {**clean_variables(), **(variables or {})}
    done = process.run(command, folder, given, limit=1800.0, into=folder / "out")
    if done.code:
        last = (folder / "out").read_text(errors="replace")[-2000:]
        raise FailedError(f"{command[0]} ended with {done.code}\n{done.stderr[-2000:]}\n{last}")
    foreign = (_machine() - busy) - (_process(service.process_id) - serving) - done.cpu
    return {
        "wall": round(done.seconds, 3),
        "cpu": round(done.cpu, 3),
        "peak": done.peak,
        "foreign": round(max(0.0, foreign / done.seconds), 3),
    }


def _machine() -> float:
    """Seconds all cores have been busy since the machine started."""
    user, nice, system, _, _, irq, softirq, *_ = Path("/proc/stat").read_text().split()[1:9]
    return sum(map(int, (user, nice, system, irq, softirq))) / _TICKS


def _process(number: int) -> float:
    """Seconds a process has used."""
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
