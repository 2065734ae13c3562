"""The CDK's standard suites: for the package, and for the manifest as the CDK's command runs them.

The scenarios are those of `acceptance-test-config.yml`, whose configs name the port of `make sandbox`.
Here a copy of them is made for the sandbox of this session, so that no port has to be free.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase
from airbyte_cdk.test.standard_tests.pytest_hooks import pytest_generate_tests  # noqa: F401

from harness.connector import BIN
from harness.streams import ROOT
from sandbox import Sandbox
from source_circle_events.source import SourceCircleEvents

CONFIGS = Path("integration_tests/entrypoints/configs")


class TestPackage(SourceTestSuiteBase):
    connector = SourceCircleEvents
    root = ROOT
    """Where scenarios are found before any fixture runs; then where their configs lie."""

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return cls.root


@pytest.fixture(scope="module", autouse=True)
def folder(service: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A connector's directory, which the CDK's command takes the name from and writes into. Its
    configs have the address of this session's sandbox."""
    folder = tmp_path_factory.mktemp("connector") / "source-circle-events"
    shutil.copytree(ROOT / CONFIGS, folder / CONFIGS)
    for path in (folder / CONFIGS).iterdir():
        config = {**json.loads(path.read_text()), "base_url": service.base_url}
        path.write_text(json.dumps(config))
    for name in ("manifest.yaml", "metadata.yaml", "acceptance-test-config.yml"):
        (folder / name).symlink_to(ROOT / name)
    TestPackage.root = folder
    return folder


def test_the_cdks_command(folder):
    """For the manifest alone, as a contributor calls it."""
    process = subprocess.run(
        [
            BIN / "airbyte-cdk", "connector", "test", folder,
            "--pytest-arg=-m", "--pytest-arg=not image_tests",
            "--pytest-arg=-p", "--pytest-arg=no:cacheprovider",
        ],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout[-3000:]
    assert re.search(r"\b8 passed\b", process.stdout), process.stdout[-3000:]
