"""The container image, built for real and called as `docker run` calls it. Only with `-m image`.

- spec, check, discover and read work, on files mounted at /data.
- It runs as a number that is not root, and names its entry point to the platform.
- It holds our environment and nothing else of a checkout: no tests, no sandbox, no secrets, no pip.
- It stays small, and compiled: whoever runs it may not write.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.connector import Connector
from harness.streams import ENDPOINTS, ROOT, STREAMS, configured
from integration_tests.entrypoints.engine import DATA, Image, NoEngineError, image
from sandbox import Sandbox

pytestmark = pytest.mark.image

SECRET = "a-token-that-must-not-leave-this-machine"
MEGABYTES = 330


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout, with what a developer's checkout may hold besides."""
    folder = tmp_path_factory.mktemp("build") / "context"
    leave = shutil.ignore_patterns(".venv*", ".git", ".hypothesis", ".*_cache", "build", "dist")
    shutil.copytree(ROOT, folder, ignore=leave, symlinks=True)
    for name in ("secrets/config.json", ".env", "source_circle_events/config.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(SECRET)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    folder.chmod(0o755)  # the user in the container is another one
    return folder


@pytest.fixture(scope="module")
def built(context: Path, data: Path) -> Iterator[Image]:
    try:
        engine = image(context, data)
    except NoEngineError as error:  # once, not at each test
        pytest.exit(str(error), returncode=1)
    with engine as there:
        yield there


@pytest.fixture
def container(built: Image, data: Path) -> Connector:
    return Connector(built.run, data, inside=DATA)


def test_spec(container: Connector) -> None:
    output = container.run("spec")
    assert output.spec["connectionSpecification"]["required"] == ["api_token"]


def test_check(container: Connector, api: Sandbox) -> None:
    assert container.run("check", api.config()).status == ("SUCCEEDED", "")


def test_discover(container: Connector, api: Sandbox) -> None:
    assert tuple(container.run("discover", api.config()).streams) == STREAMS


def test_read_then_nothing_new(container: Connector, api: Sandbox) -> None:
    first = container.run("read", api.config(), catalog=configured())
    assert (first.code, first.errors) == (0, [])
    for stream, endpoint in ENDPOINTS.items():
        assert sorted(first.ids[stream]) == sorted(api.ids(endpoint))
    states = first.states.values()
    assert container.run("read", api.config(), catalog=configured(), state=states).ids == {}


def test_user_entry_point_and_labels(built: Image) -> None:
    user, group = (int(part) for part in built.config["User"].split(":"))
    assert user
    assert group
    (command,) = built.config["Entrypoint"]
    assert f"AIRBYTE_ENTRYPOINT={command}" in built.config["Env"]
    data = yaml.safe_load((ROOT / "metadata.yaml").read_bytes())["data"]
    labels = built.config["Labels"]
    assert labels["io.airbyte.name"] == data["dockerRepository"]
    assert labels["io.airbyte.version"] == data["dockerImageTag"]


def test_holds_the_environment_and_nothing_else(built: Image) -> None:
    ours = built.files / "airbyte"
    assert {path.name for path in ours.iterdir()} <= {"venv", "integration_code"}
    (packages,) = ours.glob("venv/lib/python3*/site-packages")
    tops = {path.name for path in packages.iterdir()}
    assert "source_circle_events" in tops
    assert not tops & {"pip", "hatchling", "pytest", "sandbox", "unit_tests", "integration_tests"}
    assert not tops & {"demo", "trials", "benchmarks", "tools", "secrets"}
    assert (packages / "source_circle_events/manifest.yaml").read_bytes() == (
        (ROOT / "manifest.yaml").read_bytes()
    )
    files = [path for path in (packages / "source_circle_events").rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    assert not list(ours.rglob(".env"))


def test_is_small_and_compiled(built: Image) -> None:
    ours = built.files / "airbyte"
    assert sum(path.lstat().st_size for path in ours.rglob("*")) < MEGABYTES * 1_000_000
    for package in ("source_circle_events", "airbyte_cdk"):
        (folder,) = ours.glob(f"venv/lib/python3*/site-packages/{package}")
        sources = list(folder.rglob("*.py"))
        assert sources
        assert not [
            path for path in sources if not list(path.parent.glob(f"__pycache__/{path.stem}.*.pyc"))
        ]
