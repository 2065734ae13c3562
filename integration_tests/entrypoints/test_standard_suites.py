"""The CDK's standard suites: for the package, and for the manifest as the CDK's command runs them.

The scenarios are those of `acceptance-test-config.yml`, whose configs name the port of `make sandbox`.
Here a copy of them is made for the sandbox of this session, so that no port has to be free.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from airbyte_cdk.test.models import ConnectorTestScenario
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase
from airbyte_cdk.test.standard_tests.pytest_hooks import pytest_generate_tests  # noqa: F401

from harness.connector import BIN
from harness.streams import ROOT
from sandbox import Sandbox
from source_circle_events.source import SourceCircleEvents

CONFIGS = Path("integration_tests/entrypoints/configs")
# pytest collects scenarios before any fixture runs, so where their configs will lie is fixed here.
_COPIES = Path(tempfile.gettempdir()) / f"circle-configs-{os.getpid()}"


@pytest.fixture(scope="module")
def configs(service: Sandbox) -> Iterator[Path]:
    """The configs, with the address of this session's sandbox."""
    _COPIES.mkdir()
    for path in (ROOT / CONFIGS).glob("*.json"):
        config = {**json.loads(path.read_text()), "base_url": service.base_url}
        (_COPIES / path.name).write_text(json.dumps(config))
    yield _COPIES
    shutil.rmtree(_COPIES)


@pytest.mark.usefixtures("configs")
class TestPackage(SourceTestSuiteBase):
    connector = SourceCircleEvents

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return ROOT

    @classmethod
    def get_scenarios(cls) -> list[ConnectorTestScenario]:
        """Scenarios that ask this session's sandbox."""
        return [
            one.model_copy(update={"config_path": _COPIES / one.config_path.name})
            for one in super().get_scenarios()
            if one.config_path
        ]


def test_the_cdks_command(configs, tmp_path):
    """For the manifest alone, as a contributor calls it. It takes the connector's name from the
    directory's, and writes into it, so it gets one of its own."""
    connector = tmp_path / "source-circle-events"
    shutil.copytree(configs, connector / CONFIGS)
    for name in ("manifest.yaml", "metadata.yaml", "acceptance-test-config.yml"):
        (connector / name).symlink_to(ROOT / name)
    process = subprocess.run(
        [
            BIN / "airbyte-cdk", "connector", "test", connector,
            "--pytest-arg=-m", "--pytest-arg=not image_tests",
            "--pytest-arg=-p", "--pytest-arg=no:cacheprovider",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout[-3000:]
    assert re.search(r"\b8 passed\b", process.stdout), process.stdout[-3000:]
