"""One virtual environment for the connector, one for everything it is compared with.

The connector is measured as a user gets it: the wheel, with the locked dependencies and nothing else
beside them. All bytecode is compiled beforehand, since otherwise the first run of each program would
pay for compiling, or every run where PYTHONDONTWRITEBYTECODE is set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.streams import ROOT

HOME = ROOT / ".venv-bench"


@dataclass(frozen=True)
class Environments:
    connector: Path
    """`bin` of the connector's environment."""
    peers: Path
    """`bin` of the peers' environment."""

    @classmethod
    def prepared(cls) -> Environments:
        """Both, made or brought up to date under `HOME`."""
        locked = ROOT / "requirements" / "connector.txt"
        return cls(
            _environment(HOME / "connector", locked, ROOT),
            _environment(HOME / "peers", ROOT / "benchmarks" / "requirements.txt"),
        )


def _environment(folder: Path, requirements: Path, project: Path | None = None) -> Path:
    uv = _uv()
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    into = ["--quiet", "--python", str(python)]
    subprocess.run([uv, "pip", "sync", *into, "--require-hashes", requirements], check=True)
    if project:
        fresh = ["--no-deps", "--reinstall", "--refresh-package", "source-circle-events"]
        subprocess.run([uv, "pip", "install", *into, *fresh, project], check=True)
    compiling = [python, "-m", "compileall", "-qq", "-j", "0", folder / "lib"]
    subprocess.run(compiling, check=False)  # some packages ship files for other Python versions
    return folder / "bin"


def _uv() -> str:
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        sys.exit("uv is needed to set up the environments: run `make install` first.")
    return uv


def clean_variables() -> dict[str, str]:
    """The variables a measured program gets: the same for all, and nothing that slows Python down."""
    unwanted = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in unwanted}
