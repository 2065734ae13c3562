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

from harness.process import on_loopback
from harness.streams import ROOT
from integration_tests.documents.pages import PAGES, blocks, commands
from sandbox import Options, Sandbox

NOT_RUN = {
    r"git clone|cd source-circle-events$": "this is that checkout",
    r"python3 -m venv|\. \.venv|pip install": "takes a minute; entrypoints/ install the wheel",
    r"make (?!help)": "takes minutes, and other tests or CI jobs run what it runs",
    r"kubectl": "needs a cluster with Airbyte",
    r"\.venv/bin/python -m (trials|benchmarks)": "takes minutes",
}


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
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT, folder, ignore=leave, symlinks=True)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def run(command: str, checkout: Path) -> str:
    """What it prints in a shell in which `.venv` was activated, and `docker` is the stand-in."""
    places = [str(Path(__file__).with_name("bin")), f"{sys.prefix}/bin", os.environ["PATH"]]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=checkout,
        env=on_loopback(PATH=":".join(places)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert '"status":"FAILED"' not in done.stdout, f"{command}\n{done.stdout[-2000:]}"
    return done.stdout


def run_as_written(command: str, checkout: Path, api: Sandbox) -> None:
    filled_in = {
        '{"api_token": "..."}': json.dumps(api.config()),
        " 0 200": " 0 5",  # worlds of the simulator
    }
    for words, ours in filled_in.items():
        command = command.replace(words, ours)
    if "python -m sandbox" in command:
        # It would not end by itself. Its first line says where it listens.
        anywhere = command if "--port" in command else f"{command} --port 0"
        command = f"head -1 < <({anywhere} --die-with-parent) | grep base_url"
    run(command, checkout)


def look_at(command: str, checkout: Path) -> None:
    """What can be said of a command without running it."""
    if command.startswith("make "):
        run(f"make --dry-run {command.removeprefix('make ')}", checkout)
    elif module := re.match(r"\S*python -m (trials|benchmarks)", command):
        shown = run(f"{module[0]} --help", checkout)
        missing = [w for w in command.split()[3:] if re.match(r"--|[a-z]+$", w) and w not in shown]
        assert not missing, f"{module[0]} --help does not know {missing}"


@pytest.mark.parametrize("page", PAGES)
def test_given_a_page_then_its_commands_run_as_written(page, checkout, api):
    for kind, text in blocks(page):
        if kind == "sh":
            for command in commands(text):
                if any(re.match(what, command) for what in NOT_RUN):
                    look_at(command, checkout)
                else:
                    run_as_written(command, checkout, api)
        elif kind == "python":
            (checkout / "block.py").write_text(text)
            # dlt is no dependency: its program was run by hand, and must at least be one.
            check = "-m py_compile" if "import dlt" in text else ""
            run(f"PYTHONPATH=. python {check} block.py", checkout)
        elif kind == "yaml":
            yaml.safe_load(text)
        else:
            assert kind in ("", "mermaid"), f"nobody looks at a block of {kind}"


def test_given_the_list_of_what_is_not_run_then_each_entry_stands_in_a_page():
    written = [c for page in PAGES for kind, b in blocks(page) if kind == "sh" for c in commands(b)]
    assert not [what for what in NOT_RUN if not any(re.match(what, c) for c in written)]
