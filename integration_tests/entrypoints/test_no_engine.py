"""Without a container engine: one sentence, and a CI that does not end green."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.streams import ROOT


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH without an engine, where nothing can be installed, and `make image` fails."""
    folder = tmp_path / "bin"
    folder.mkdir()
    scripts = {"make": '[ "$1" != image ]', "docker": "exit 1", "apt-get": "exit 1", "id": "echo 0"}
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    for name in ("bash", "sh", "dirname", "env"):
        (folder / name).symlink_to(shutil.which(name) or "")
    return folder


def test_given_no_engine_when_the_image_is_built_then_one_sentence_says_what_is_missing(
    programs: Path,
) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-m",
            "image",
            "integration_tests/entrypoints/test_image.py",
        ],
        cwd=ROOT,
        env={**os.environ, "PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("The image cannot be built here: start Docker") == 1


@pytest.mark.parametrize(("variables", "code"), [({}, 1), ({"WITHOUT_IMAGE": "1"}, 0)])
def test_given_no_image_then_ci_fails_unless_it_was_told_to_do_without(
    programs: Path, tmp_path: Path, variables: dict[str, str], code: int
) -> None:
    script = tmp_path / ".ci/run"
    script.parent.mkdir()
    shutil.copy(ROOT / ".ci/run", script)
    done = subprocess.run(
        [script], env={"PATH": str(programs), **variables}, capture_output=True, check=False
    )
    assert done.returncode == code
