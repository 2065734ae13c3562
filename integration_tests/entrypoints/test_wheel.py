"""The wheel, installed alone: from its own files, wherever it is called from.

- Installed with the connector's locked dependencies and nothing else, it does spec, check, discover
  and read, in a directory where a stray `manifest.yaml` lies.
- It holds the package, the manifest and no tests, no sandbox.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from harness.connector import BIN, Connector
from harness.streams import ENDPOINTS, ROOT, STREAMS, configured
from sandbox import Sandbox


def uv(*arguments: str | Path) -> None:
    found = shutil.which("uv", path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    assert found, "uv is needed to build and install the wheel"
    # What the developer's environment says about Python must not reach the empty one.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    subprocess.run([found, *arguments], env=environment, cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Connector:
    """The wheel's console script in an environment that has nothing but what the lock names."""
    place = tmp_path_factory.mktemp("wheel")
    python = place / "venv" / "bin" / "python"
    uv("venv", "--quiet", "--python", sys.executable, place / "venv")
    install = ("pip", "install", "--quiet", "--python", python)
    uv(*install, "--require-hashes", "--requirement", ROOT / "requirements" / "connector.txt")
    uv(*install, "--no-deps", "--offline", wheel)
    folder = place / "somewhere"
    folder.mkdir()
    (folder / "manifest.yaml").write_text("streams: [}")
    # Isolated (-I), or PYTHONPATH would show it the checkout.
    return Connector([python, "-I", python.with_name("source-circle-events")], folder)


def test_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "source_circle_events/manifest.yaml",
        "source_circle_events/schemas/catalogue.yaml",
    } <= names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"source_circle_events"}
    assert not [name for name in names if name.endswith((".pyc", ".duckdb", ".env"))]
    assert zipfile.ZipFile(wheel).read("source_circle_events/manifest.yaml") == (
        (ROOT / "manifest.yaml").read_bytes()
    )


def test_spec(elsewhere: Connector) -> None:
    spec = elsewhere.run("spec").spec
    assert spec["connectionSpecification"]["required"] == ["api_token"]


def test_check(elsewhere: Connector, api: Sandbox) -> None:
    assert elsewhere.run("check", api.config()).status == ("SUCCEEDED", "")


def test_discover(elsewhere: Connector, api: Sandbox) -> None:
    assert tuple(elsewhere.run("discover", api.config()).streams) == STREAMS


def test_read(elsewhere: Connector, api: Sandbox) -> None:
    output = elsewhere.run("read", api.config(), catalog=configured())
    assert (output.code, output.errors) == (0, [])
    for stream, endpoint in ENDPOINTS.items():
        assert sorted(output.ids[stream]) == sorted(api.ids(endpoint))
