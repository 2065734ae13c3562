"""What one run of a program costs: wall, CPU and peak memory of its whole process tree."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import process

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system, of the process and all it waited for."""
    peak: int
    """Bytes of memory resident at most."""
    foreign: float
    """Cores that were busy, on average, with neither the program nor the sandbox. Above a tenth or
    so, `wall` says little; `cpu` suffers far less."""


class FailedError(Exception):
    """The program ended with an error; the text is the end of what it wrote."""


def run(
    command: Sequence[str | Path],
    folder: Path,
    variables: Mapping[str, str],
    sandbox: int,
    limit: float = 1800.0,
) -> Cost:
    """Run to the end, with stdout into `folder/out`.

    `sandbox` is its process id. The parent must be small: Linux counts what the parent holds when it
    forks towards the child's peak.
    """
    busy, serving = _machine(), _process(sandbox)
    done = process.run(command, folder, variables, limit=limit, into=folder / "out")
    if done.code:
        last = (folder / "out").read_text(errors="replace")[-2000:]
        raise FailedError(f"{command[0]} ended with {done.code}\n{done.stderr[-2000:]}\n{last}")
    foreign = (_machine() - busy) - (_process(sandbox) - serving) - done.cpu
    return Cost(done.seconds, done.cpu, done.peak, max(0.0, foreign / done.seconds))


def _machine() -> float:
    """Seconds all cores have been busy since the machine started."""
    user, nice, system, _, _, irq, softirq, *_ = Path("/proc/stat").read_text().split()[1:9]
    return sum(map(int, (user, nice, system, irq, softirq))) / _TICKS


def _process(number: int) -> float:
    """Seconds a process has used."""
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
