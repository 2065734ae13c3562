"""Virtual environments with other packages than the project's; they are kept between runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.connector import BIN


def environment(folder: Path, *steps: Sequence[str | Path]) -> Path:
    """Create the environment if it is missing, run each step with `uv pip`, and return its `bin`.

    Bytecode is compiled beforehand, so that no measured run has to do it.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        _uv("venv", "--clear", "--python", sys.executable, folder)
    for verb, *wanted in steps:
        _uv("pip", verb, "--compile-bytecode", "--python", python, *wanted)
    return folder / "bin"


def _uv(*arguments: str | Path) -> None:
    subprocess.run([BIN / "uv", "--quiet", *arguments], check=True)
