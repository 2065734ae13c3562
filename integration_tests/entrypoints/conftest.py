"""The sandboxes that these tests share, and each form of the connector."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.connector import BIN, Connector, manifest_alone, package
from harness.protocol import Message, Output
from harness.streams import ROOT
from integration_tests.entrypoints.engine import DATA, Image, image_of
from sandbox import Options, Sandbox

SECRET = "a-token-that-must-not-leave-this-machine"


@pytest.fixture(scope="session")
def service() -> Iterator[Sandbox]:
    """3,000 settled records over two years. Tests use `api`, which restores the options."""
    until = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    with Sandbox(Options(events=2_000, visits=500, tracker=500, until=until)) as running:
        yield running


@pytest.fixture
def api(service: Sandbox) -> Iterator[Sandbox]:
    options = service.options()
    yield service
    now = service.options()
    if changed := {name: value for name, value in options.items() if now[name] != value}:
        service.change(**changed)


@pytest.fixture
def cli(tmp_path: Path) -> Connector:
    """The console script of the installed package."""
    return package(tmp_path)


def logged(output: Output, level: str) -> list[str]:
    logs = [message["log"] for message in output.of("LOG")]
    return [log["message"] for log in logs if log["level"] == level]


def rows_of(output: Output) -> dict[str, list[Message]]:
    """stream -> its records."""
    found: defaultdict[str, list[Message]] = defaultdict(list)
    for message in output.of("RECORD"):
        found[message["record"]["stream"]].append(message["record"]["data"])
    return found


@pytest.fixture
def cloud(tmp_path: Path) -> Connector:
    """The manifest alone, injected into the config, as in Airbyte Cloud."""
    return manifest_alone(tmp_path)


def _uv(*arguments: str | Path) -> None:
    # These variables would connect the new environment to the developer's.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    subprocess.run([BIN / "uv", *arguments, "--quiet"], env=environment, cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def wheel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _uv("build", "--wheel", "--out-dir", folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def wheel(wheel_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Connector:
    """The wheel's console script in an environment with the locked dependencies only, called in a
    directory that has another `manifest.yaml`."""
    place = tmp_path_factory.mktemp("wheel")
    python = place / "venv" / "bin" / "python"
    _uv("venv", "--python", sys.executable, place / "venv")
    install = ("pip", "install", "--python", python)
    _uv(*install, "--require-hashes", "--requirement", ROOT / "requirements" / "connector.txt")
    _uv(*install, "--no-deps", wheel_file)
    folder = place / "somewhere"
    folder.mkdir()
    (folder / "manifest.yaml").write_text("streams: [}")
    # Isolated (-I), so that PYTHONPATH does not lead to the checkout.
    return Connector([python, "-I", python.with_name("source-circle-events")], folder)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    folder.chmod(0o755)  # the user in the container is another one
    return folder


@pytest.fixture(scope="session")
def built(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The image of a copy of this checkout that also has files with secrets."""
    folder = tmp_path_factory.mktemp("build") / "context"
    leave = shutil.ignore_patterns(".venv*", ".git", ".hypothesis", ".*_cache", "build", "dist")
    shutil.copytree(ROOT, folder, ignore=leave, symlinks=True)
    for name in ("secrets/config.json", ".env", "source_circle_events/config.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(SECRET)
    with image_of(folder, data) as there:
        yield there


@pytest.fixture
def image(built: Image, data: Path) -> Connector:
    return Connector(built.run, data, inside=DATA)
