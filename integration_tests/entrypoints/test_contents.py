"""What the wheel and the container image hold; `test_all_forms.py` calls them.

The image is built for real, only with `-m image`:

- It runs as a number that is not root, and names its entry point to the platform.
- It holds our environment and nothing else of a checkout: no tests, no sandbox, no secrets, no pip.
- It stays small, and compiled: whoever runs it may not write.
"""

from __future__ import annotations

import zipfile

import pytest
import yaml

from harness.streams import ROOT
from integration_tests.entrypoints.conftest import SECRET

MEGABYTES = 330


def test_the_wheel_holds_the_package_and_nothing_else(wheel_file):
    wheel = zipfile.ZipFile(wheel_file)
    names = set(wheel.namelist())
    assert "source_circle_events/schemas/event_types.yaml" in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"source_circle_events"}
    assert not [name for name in names if name.endswith((".pyc", ".duckdb", ".env"))]
    manifest = wheel.read("source_circle_events/manifest.yaml")
    assert manifest == (ROOT / "manifest.yaml").read_bytes()


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
def test_the_image_holds_the_compiled_environment_and_nothing_else(built):
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
    assert sum(path.lstat().st_size for path in ours.rglob("*")) < MEGABYTES * 1_000_000
    for folder in (package, packages / "airbyte_cdk"):
        sources = [*folder.rglob("*.py")]
        compiled = {p.name.split(".")[0] for p in folder.rglob("__pycache__/*.pyc")}
        assert {path.stem for path in sources} <= compiled
