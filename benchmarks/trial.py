"""One run of one program, checked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import measure
from benchmarks.environments import ROOT, Environments, clean_variables
from benchmarks.programs import Program
from benchmarks.service import Service


@dataclass(frozen=True)
class Bench:
    """Where and with what it is measured."""

    environments: Environments
    scratch: Path
    """On tmpfs, so that no disk is measured; the outputs of 4 million records take 4 GB there."""

    @contextmanager
    def folder(self) -> Iterator[Path]:
        made = Path(tempfile.mkdtemp(prefix="circle-bench-", dir=self.scratch))
        try:
            yield made
        finally:
            shutil.rmtree(made)

    def run(self, program: Program, service: Service, **config: object) -> dict[str, Any]:
        """The figures of one run that brought every id once; an exception otherwise."""
        with self.folder() as folder:
            command = program.command(self.environments, folder, {**service.config, **config})
            before, load = service.requests_so_far(), os.getloadavg()[0]
            cost = measure.run(
                command, folder, {**clean_variables(), **program.variables}, service.process_id
            )
            asked = service.requests_so_far() - before
            records = self._checked(program, folder, service)
        return {
            "program": program.name,
            "records": records,
            "requests": asked,
            "load": round(load, 1),
            **{name: round(value, 3) for name, value in asdict(cost).items()},
        }

    def _checked(self, program: Program, folder: Path, service: Service) -> int:
        script = ROOT / "benchmarks" / "check.py"
        python = self.environments.peers / "python"
        done = subprocess.run(
            [python, script, program.leaves, folder, service.origin],
            check=True,
            capture_output=True,
            text=True,
        )
        found: Mapping[str, int] = json.loads(done.stdout)
        if found["missing"] or found["extra"]:
            raise measure.FailedError(f"{program.name}: not exactly the sandbox's ids: {found}")
        return found["records"]
