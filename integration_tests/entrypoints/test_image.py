"""The container image, built for real (only with `-m image`); `test_all_forms.py` calls it.

- It runs as a number that is not root, and names its entry point to the platform.
- It holds our environment and nothing else of a checkout: no tests, no sandbox, no secrets, no pip.
- It stays small, and compiled: whoever runs it may not write.
- Where no engine can build it, one sentence says so, and CI does not end green.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from harness.streams import ROOT
from integration_tests.entrypoints.conftest import SECRET
from integration_tests.entrypoints.engine import image_of

MEGABYTES = 330


@pytest.mark.image
def test_user_entry_point_and_labels(built):
    user, group = (int(part) for part in built.config["User"].split(":"))
    assert user
    assert group
    (command,) = built.config["Entrypoint"]
    assert f"AIRBYTE_ENTRYPOINT={command}" in built.config["Env"]
    data = yaml.safe_load((ROOT / "metadata.yaml").read_bytes())["data"]
    labels = built.config["Labels"]
    assert labels["io.airbyte.name"] == data["dockerRepository"]
    assert labels["io.airbyte.version"] == data["dockerImageTag"]


@pytest.mark.image
def test_holds_the_environment_and_nothing_else(built):
    ours = built.files / "airbyte"
    assert {path.name for path in ours.iterdir()} <= {"venv", "integration_code"}
    (packages,) = ours.glob("venv/lib/python3*/site-packages")
    tops = {path.name for path in packages.iterdir()}
    assert "source_circle_events" in tops
    assert not tops & {"pip", "hatchling", "pytest", "sandbox", "unit_tests", "integration_tests"}
    assert not tops & {"demo", "trials", "benchmarks", "tools", "secrets"}
    package = packages / "source_circle_events"
    assert (package / "manifest.yaml").read_bytes() == (ROOT / "manifest.yaml").read_bytes()
    files = [path for path in package.rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    assert not list(ours.rglob(".env"))


@pytest.mark.image
def test_is_small_and_compiled(built):
    ours = built.files / "airbyte"
    assert sum(path.lstat().st_size for path in ours.rglob("*")) < MEGABYTES * 1_000_000
    for package in ("source_circle_events", "airbyte_cdk"):
        (folder,) = ours.glob(f"venv/lib/python3*/site-packages/{package}")
        sources = list(folder.rglob("*.py"))
        assert sources
        assert not [
            path for path in sources if not list(path.parent.glob(f"__pycache__/{path.stem}.*.pyc"))
        ]


@pytest.fixture
def no_engine(tmp_path: Path) -> Path:
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


def test_given_no_engine_then_the_tests_end_with_one_sentence(no_engine, monkeypatch):
    monkeypatch.setenv("PATH", str(no_engine))
    with pytest.raises(pytest.exit.Exception, match="cannot be built here: start Docker") as ended:
        image_of(ROOT, ROOT)
    assert ended.value.returncode == 1


@pytest.mark.parametrize(("variables", "code"), [({}, 1), ({"WITHOUT_IMAGE": "1"}, 0)])
def test_given_no_image_then_ci_fails_unless_it_was_told_to_do_without(no_engine, variables, code):
    script = no_engine.parent / ".ci/run"
    script.parent.mkdir()
    shutil.copy(ROOT / ".ci/run", script)
    environment = {"PATH": str(no_engine), **variables}
    assert subprocess.run([script], env=environment, check=False).returncode == code
