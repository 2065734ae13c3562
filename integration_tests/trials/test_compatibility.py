"""The manifest alone under old CDKs and the newest: `make compatibility`.

A self-managed Airbyte may run an old CDK, and what a template may use differs between them: a manifest
that is right on one can lose records, or print its config, on another.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest

from harness.connector import BIN
from harness.environments import environment
from harness.streams import ROOT
from integration_tests.trials.conftest import Judge
from integration_tests.trials.scenario import Scenario, loaded

PINNED = version("airbyte-cdk")
CDKS = ("6.60.0", "7.0.0", "7.23.8", "7.36.0", PINNED, "newest")
"""The first is the oldest that the manifest runs on, as its `version` says."""


def trials() -> Iterator[Any]:
    for scenario in loaded("compatibility"):
        for cdk in CDKS:
            # One worker for each CDK, which makes its environment.
            marks = [pytest.mark.compatibility, pytest.mark.xdist_group(cdk)]
            yield pytest.param(scenario, cdk, marks=marks, id=f"{scenario.label}-{cdk}")


@pytest.mark.parametrize(("scenario", "cdk"), [*trials()])
def test_the_manifest_loses_and_leaks_nothing(scenario: Scenario, cdk: str, judge: Judge) -> None:
    commands, position = BIN, CDKS.index(cdk)
    if cdk != PINNED:
        wanted = ["--upgrade", "airbyte-cdk"] if cdk == "newest" else [f"airbyte-cdk=={cdk}"]
        commands = environment(ROOT / ".venv-cdk" / cdk, ["install", *wanted])
    if cdk == "newest":
        ask = "from importlib.metadata import version; print(version('airbyte-cdk'))"
        cdk = subprocess.check_output([commands / "python", "-c", ask], text=True).strip()
        if cdk == PINNED:
            pytest.skip("the pinned CDK is the newest")
    judge(scenario, "manifest", column=(position, cdk), commands=commands)
