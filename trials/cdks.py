"""One environment for each CDK that the manifest is tried under, kept in `.venv-cdk` between runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from harness.connector import BIN
from harness.streams import ROOT

HOME = ROOT / ".venv-cdk"
OLD = ("6.60.0", "7.0.0", "7.10.0", "7.20.0", "7.30.0", "7.36.0")
"""The first is the lowest the manifest runs on, which its `version` says; 7.36 still lacks names that
the pinned one has."""
PINNED = version("airbyte-cdk")
_NEWEST = "newest"
_ASK = "from importlib.metadata import version; print(version('airbyte-cdk'))"


def environments() -> Mapping[str, Path]:
    """Version -> the folder of its commands; the newest only where it is another than the pinned one."""
    with ThreadPoolExecutor(2) as pool:
        folders = dict(zip((*OLD, _NEWEST), pool.map(_environment, (*OLD, _NEWEST)), strict=True))
    newest = folders.pop(_NEWEST)
    found = {**folders, PINNED: BIN}
    number = subprocess.check_output([newest / "python", "-c", _ASK], text=True).strip()
    return {**found, number: newest} if number != PINNED else found


def _environment(name: str) -> Path:
    """Made once; the newest is looked for again each time."""
    folder = HOME / name
    python = folder / "bin" / "python"
    if not python.exists():
        _uv("venv", "--clear", "--python", sys.executable, folder)
    elif name != _NEWEST and (folder / "bin" / "source-declarative-manifest").exists():
        return folder / "bin"
    wanted = ["--upgrade", "airbyte-cdk"] if name == _NEWEST else [f"airbyte-cdk=={name}"]
    _uv("pip", "install", "--compile-bytecode", "--python", python, *wanted)
    return folder / "bin"


def _uv(*arguments: str | Path) -> None:
    subprocess.run([BIN / "uv", "--quiet", *arguments], check=True)
