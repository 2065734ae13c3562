"""`python -m trials.compatibility [VERSION ...]`: every scenario under every version, and a table.

Exit code 1 if one is not what was due. Without versions, docs/compatibility.md is written.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from trials.compatibility.scenarios import GROUPS, Scenario
from trials.compatibility.trial import Verdict, tried

_ROOT = Path(__file__).parents[2]
_HOME = _ROOT / "build" / "compatibility"
_PAGE = _ROOT / "docs" / "compatibility.md"
VERSIONS = ("6.60.0", "7.0.0", "7.10.0", "7.20.0", "7.30.0", "7.36.0", "7.39.1", "newest")
_AT_ONCE = 8
"""Reads at a time: those that fail wait half a minute for a service that stays bad."""

Verdicts = dict[tuple[str, str], Verdict]
"""By scenario and version."""


def environment(version: str) -> Path:
    """`bin` of an environment with that version, made once; the newest is looked up each time."""
    uv = Path(sys.executable).parent / "uv"
    python = _HOME / version / "bin" / "python"
    if not python.exists():
        subprocess.run(
            [uv, "venv", "--quiet", "--python", sys.executable, _HOME / version], check=True
        )
    wanted = ["--upgrade", "airbyte-cdk"] if version == "newest" else [f"airbyte-cdk=={version}"]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *wanted], check=True)
    compiling = [python, "-m", "compileall", "-qq", "-j", "0", python.parents[1] / "lib"]
    subprocess.run(compiling, check=False)  # some packages ship files for other Python versions
    return python.parent


def installed(binaries: Path) -> str:
    program = "from importlib.metadata import version; print(version('airbyte-cdk'))"
    done = subprocess.run(
        [binaries / "python", "-c", program], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def verdicts(environments: dict[str, Path]) -> Verdicts:
    def judge(scenario: Scenario, version: str, folder: Path) -> Verdict:
        verdict = tried(scenario, environments[version], folder)
        for wrong in verdict.wrong:
            print(f"{version}, {scenario.name}: {wrong}", flush=True)
        return verdict

    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = {
            (scenario.name, version): pool.submit(
                judge, scenario, version, Path(home) / f"{number}-{version}"
            )
            for number, scenario in enumerate(s for group in GROUPS.values() for s in group)
            for version in environments
        }
        return {key: job.result() for key, job in jobs.items()}


def table(found: Verdicts, versions: dict[str, str]) -> str:
    lines = [
        "# The manifest alone under old and new CDKs",
        "",
        "What `make compatibility` found. **complete**: one read brought every record. **loud**: the",
        "read failed with a message, and the next one, once the trouble was over, brought what was",
        "missing. The API token, also with blanks and line breaks around it, was in no output of any.",
    ]
    for group, scenarios in GROUPS.items():
        lines += ["", f"## {group}", "", "| |" + "".join(f" {v} |" for v in versions.values())]
        lines.append("|---|" + "---|" * len(versions))
        for scenario in scenarios:
            cells = (found[scenario.name, version] for version in versions)
            words = (f"BROKEN: {'; '.join(c.wrong)}" if c.wrong else c.word for c in cells)
            lines.append(f"| {scenario.name} |" + "".join(f" {word} |" for word in words))
    return "\n".join(lines) + "\n"


def main(chosen: list[str]) -> int:
    started = time.monotonic()
    environments = {version: environment(version) for version in chosen or VERSIONS}
    print(f"Environments: {time.monotonic() - started:.0f} s", flush=True)
    found = verdicts(environments)
    broken = sum(bool(verdict.wrong) for verdict in found.values())
    print(f"{len(found)} trials, {broken} broken, {time.monotonic() - started:.0f} s")
    if not chosen:
        names = {
            v: v if v != "newest" else f"newest ({installed(b)})" for v, b in environments.items()
        }
        _PAGE.write_text(table(found, names), "utf-8")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
