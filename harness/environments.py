"""Virtual environments for what must run beside other packages than ours; kept between runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.connector import BIN


def environment(folder: Path, *steps: Sequence[str | Path]) -> Path:
    """`bin` of the environment in `folder`, made if it is not there; each step is one of `uv pip`.

    Bytecode is compiled beforehand: otherwise the first run of each program would pay for it, or every
    run where PYTHONDONTWRITEBYTECODE is set.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        _uv("venv", "--clear", "--python", sys.executable, folder)
    for verb, *wanted in steps:
        _uv("pip", verb, "--compile-bytecode", "--python", python, *wanted)
    return folder / "bin"


def _uv(*arguments: str | Path) -> None:
    subprocess.run([BIN / "uv", "--quiet", *arguments], check=True)
