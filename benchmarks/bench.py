"""One run of one program: what its whole process tree cost, and whether it brought every id once."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.programs import Environments, Program
from benchmarks.service import Service
from harness import process
from harness.streams import ROOT

Run = dict[str, Any]
_TICKS = os.sysconf("SC_CLK_TCK")
_SLOWING = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "VIRTUAL_ENV")
"""Variables that no program gets: they slow Python down, or point it elsewhere."""


class FailedError(Exception):
    """The program ended with an error, or not with every id; the text says so."""


def measured(
    program: Program, environments: Environments, service: Service, config: dict[str, Any]
) -> Run:
    """The figures of one run that brought every id once; an exception otherwise."""
    # On tmpfs, so that no disk is measured; outputs of 4 million records take 4 GB there.
    tmpfs = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="circle-bench-", dir=tmpfs) as made:
        folder = Path(made)
        command = program.command(environments, folder, config)
        before = service.requests_so_far()
        found = _cost(command, folder, service, program)
        log = service.requests(before)
        script = ROOT / "benchmarks" / "check.py"
        checking: list[str | Path] = [environments.peers / "python", script, program.leaves, folder]
        checking += [service.origin, *program.brings]
        checked = json.loads(subprocess.check_output(checking, text=True))
    if checked["missing"] or checked["extra"]:
        raise FailedError(f"{program.name}: not exactly the sandbox's ids: {checked}")
    return {"records": checked["records"], **_requests(log), **found}


def _requests(log: Sequence[Run]) -> Run:
    """How many; by path; in each full minute from the first one on; and when 429s came."""
    begin = log[0]["time"] if log else 0.0
    at = [(entry["time"] - begin, entry["status"]) for entry in log]
    minutes = Counter(int(moment // 60) for moment, status in at if status != 429)
    full = int(at[-1][0] // 60) if at else 0
    return {
        "requests": len(log),
        "paths": Counter(entry["path"].rpartition("/")[2] for entry in log),
        "minutes": [minutes[number] for number in range(full)],
        "refused_at": [round(moment, 1) for moment, status in at if status == 429],
    }


def _cost(
    command: Sequence[str | Path], folder: Path, service: Service, program: Program
) -> dict[str, float]:
    """Run to the end, with stdout into `folder/out`; seconds and bytes.

    `foreign`: cores that were busy, on average, with neither the program nor the sandbox. Above a
    tenth or so, `wall` says little; `cpu` suffers far less. The parent must be small: Linux counts
    what the parent holds when it forks towards the child's peak.
    """
    busy, serving = _machine(), _process(service.process_id)
    clean = {name: value for name, value in os.environ.items() if name not in _SLOWING}
    given = {**clean, **program.variables}
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
