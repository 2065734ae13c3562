"""Every command block of every page: it runs as written, or stands in a list with the reason why not.

They run in a copy of the checkout, a page's commands one after the other, against a sandbox. What is not
run is still looked at: a target of `make` exists, an option of a program is in its help.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.streams import ROOT
from integration_tests.documents.pages import PAGES, blocks
from sandbox import Options, Sandbox

NOT_RUN = {
    r"git clone|cd source-circle-events$": "this is that checkout",
    r"python3 -m venv|\. \.venv|pip install": "takes a minute; test_forms.py installs the wheel",
    r"make (?!help)": "takes minutes, and other tests or CI jobs run what it runs",
    r"kubectl": "needs a cluster with Airbyte",
    r"\.venv/bin/python -m (trials|benchmarks)": "takes minutes",
}
FILLED_IN = {
    " 0 200": " 0 5",  # worlds of the simulator
}
SERVES = re.compile(r"python -m sandbox( |$)")
"""Commands that run until they are stopped."""


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    with Sandbox(Options(events=2_000, visits=300, tracker=300, growth=0)) as running:
        yield running


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this checkout, its `.venv` being the one that runs these tests."""
    leave = shutil.ignore_patterns(
        ".venv*", ".git", ".hypothesis", ".*_cache", "__pycache__", "out"
    )
    shutil.copytree(ROOT, tmp_path / "checkout", ignore=leave, symlinks=True)
    (tmp_path / "checkout/.venv").symlink_to(sys.prefix)
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin/docker"
    program = Path(__file__).with_name("docker.py").read_text("utf-8").split("\n", 1)[1]
    docker.write_text(f"#!{sys.executable}\n{program}")
    docker.chmod(0o755)
    return tmp_path / "checkout"


def environment(checkout: Path) -> dict[str, str]:
    """A shell in which `.venv` was activated."""
    places = [str(checkout.parent / "bin"), f"{sys.prefix}/bin", os.environ["PATH"]]
    return {**os.environ, "PATH": ":".join(places), "NO_PROXY": "*"}


def reason(command: str) -> str | None:
    return next((why for what, why in NOT_RUN.items() if re.match(what, command)), None)


def run(command: str, checkout: Path) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=checkout,
        env=environment(checkout),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert '"status":"FAILED"' not in done.stdout, f"{command}\n{done.stdout[-2000:]}"
    return done.stdout


def serves(command: str, checkout: Path) -> None:
    """It says where it listens; by itself it would not end."""
    anywhere = command if "--port" in command else f"{command} --port 0"
    with subprocess.Popen(
        anywhere.split(),
        cwd=checkout,
        env=environment(checkout),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        try:
            assert "base_url" in json.loads(process.stdout.readline())
        finally:
            process.terminate()


def look_at(command: str, checkout: Path) -> None:
    """What can be said of a command without running it."""
    if command.startswith("make "):
        run(f"make --dry-run {command.removeprefix('make ')}", checkout)
    elif module := re.match(r"\S*python -m (trials|benchmarks)", command):
        shown = run(f"{module[0]} --help", checkout)
        missing = [w for w in command.split()[3:] if re.match(r"--|[a-z]+$", w) and w not in shown]
        assert not missing, f"{module[0]} --help does not know {missing}"


@pytest.mark.parametrize("page", PAGES)
def test_given_a_page_then_its_commands_run_as_written(
    page: str, checkout: Path, api: Sandbox
) -> None:
    filled_in = {'{"api_token": "..."}': json.dumps(api.config()), **FILLED_IN}
    for block in blocks(page):
        if block.kind == "sh":
            for written in block.commands():
                if reason(written):
                    look_at(written, checkout)
                    continue
                command = written
                for words, ours in filled_in.items():
                    command = command.replace(words, ours)
                if SERVES.search(command):
                    serves(command, checkout)
                else:
                    run(command, checkout)
        elif block.kind == "python":
            program = checkout / "block.py"
            program.write_text(block.text)
            # dlt is no dependency: its program was run by hand, and must at least be one.
            check = "-m py_compile" if "import dlt" in block.text else ""
            run(f"PYTHONPATH=. python {check} block.py", checkout)
        elif block.kind == "yaml":
            yaml.safe_load(block.text)
        else:
            assert block.kind in ("", "mermaid"), f"nobody looks at a block of {block.kind}"


def test_given_the_list_of_what_is_not_run_then_each_entry_stands_in_a_page() -> None:
    commands = [c for page in PAGES for b in blocks(page) if b.kind == "sh" for c in b.commands()]
    assert commands
    assert not [what for what in NOT_RUN if not any(re.match(what, c) for c in commands)]
