"""The manifest alone under old and new CDKs: `python -m trials.compatibility`.

A self-managed Airbyte brings the CDK of its day, and what a template may name differs between them: a
manifest that is right on one can lose records, or print its config, on another. Same sandbox, runs and
invariants as the other trials.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from harness.connector import BIN
from harness.environments import environment
from harness.pages import rewrite
from harness.streams import ROOT
from trials.run import judged
from trials.scenario import Verdict
from trials.scenarios import loaded
from trials.table import tables
from trials.trial import Trial
from trials.world import World

OLD = ("6.60.0", "7.0.0", "7.23.8", "7.36.0")
"""The first is the lowest the manifest runs on, which its `version` says; 7.36 still lacks names that
the pinned one has."""
PINNED = version("airbyte-cdk")
_ASK = "from importlib.metadata import version; print(version('airbyte-cdk'))"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.compatibility", description=__doc__)
    parser.add_argument("--only", default="", help="a pattern that group/name must match")
    parser.add_argument("--cdk", default="", help="a pattern that the CDK's version must match")
    arguments = parser.parse_args()
    world = World.now()
    chosen = {v: commands for v, commands in cdks().items() if re.search(arguments.cdk, v)}
    with tempfile.TemporaryDirectory() as scratch:
        trials = [
            Trial(
                scenario,
                "manifest",
                world,
                Path(scratch) / f"{place:02}-{cdk}",
                under=cdk,
                commands=commands,
            )
            for place, scenario in enumerate(loaded("compatibility"))
            for cdk, commands in chosen.items()
            if re.search(arguments.only, scenario.label)
        ]
        verdicts = judged(trials)
    if not (arguments.only or arguments.cdk):
        rewrite(ROOT / "docs" / "compatibility.md", tables(verdicts, _word))
    return 1 if not verdicts or any(v.outcome == "BROKEN" for v in verdicts) else 0


def cdks() -> Mapping[str, Path]:
    """Version -> the folder of its commands; the newest only where it is another than the pinned one."""
    wanted = {version: f"airbyte-cdk=={version}" for version in OLD} | {"newest": "airbyte-cdk"}
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(wanted, pool.map(_commands, wanted.items()), strict=True))
    newest = found.pop("newest")
    number = subprocess.check_output([newest / "python", "-c", _ASK], text=True).strip()
    found[PINNED] = BIN
    return found if number == PINNED else {**found, number: newest}


def _commands(wanted: tuple[str, str]) -> Path:
    name, requirement = wanted
    upgrade = ["--upgrade"] if name == "newest" else []
    return environment(ROOT / ".venv-cdk" / name, ["install", *upgrade, requirement])


def _word(verdict: Verdict) -> str:
    loud = verdict.outcome != "BROKEN" and verdict.exits[0]
    return "loud" if loud else verdict.word


if __name__ == "__main__":
    raise SystemExit(main())
