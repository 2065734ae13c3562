"""The CDK's standard suite, for the manifest alone; test_all_forms.py asks the same of the package.

The scenarios are those of `acceptance-test-config.yml`, whose configs name the port of `make sandbox`.
Here a copy of them is made for the sandbox of this session, so that no port has to be free.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from airbyte_cdk.test.standard_tests import DeclarativeSourceTestSuite
from airbyte_cdk.test.standard_tests.pytest_hooks import pytest_generate_tests  # noqa: F401

from harness.streams import ROOT
from sandbox import Sandbox

CONFIGS = Path("integration_tests/entrypoints/configs")


class TestManifest(DeclarativeSourceTestSuite):
    root = ROOT
    """Where scenarios are found before any fixture runs; then where their configs lie."""

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return cls.root


@pytest.fixture(scope="module", autouse=True)
def folder(service: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A connector's directory with configs that have the address of this session's sandbox."""
    folder = tmp_path_factory.mktemp("connector") / "source-circle-events"
    shutil.copytree(ROOT / CONFIGS, folder / CONFIGS)
    for path in (folder / CONFIGS).iterdir():
        config = {**json.loads(path.read_text()), "base_url": service.base_url}
        path.write_text(json.dumps(config))
    for name in ("manifest.yaml", "metadata.yaml", "acceptance-test-config.yml"):
        (folder / name).symlink_to(ROOT / name)
    TestManifest.root = folder
