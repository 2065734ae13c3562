"""What the pages say is true: links lead somewhere, settings match the spec, code blocks run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from harness.process import on_loopback
from harness.streams import ROOT, STREAMS
from sandbox import Options, Sandbox
from source_circle_events import manifest

PAGES = [str(page.relative_to(ROOT)) for page in (*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/*.md"))]
NOT_RUN = re.compile(
    r"git clone|cd |python3 -m venv|\. \.venv|pip install|kubectl|dbt |"
    r"\S*python -m (pytest|benchmarks|unit_tests.simulation)|python examples/deploy_to_airbyte"
)
"""Installs, takes minutes, or needs a cluster, Airbyte or a warehouse. `make` is only looked up."""
FILLED_IN = {'{"api_token": "..."}': "CONFIG", " 0 200": " 0 5"}
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def text(page: str | Path) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str) -> list[tuple[str, str]]:
    """(language, text) of each code block."""
    return [(kind, dedent(block)) for _, kind, block in FENCE.findall(text(page))]


def first_cells(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below `heading`, without its head."""
    section = text(page).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows]


def anchors(page: Path) -> set[str]:
    """The headings as links name them, by GitHub's rules."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text(page))):
        if not re.match(r"[a-z]+:", link):
            path, _, anchor = link.partition("#")
            target = (ROOT / page).parent / path if path else ROOT / page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_the_readme_has_a_row_for_each_setting() -> None:
    rows = {row[1]: row for row in first_cells("README.md", "Settings")}
    assert list(rows) == list(manifest.settings())
    for key, setting in manifest.settings().items():
        assert rows[key][0] == setting["title"]
        assert "default" not in setting or rows[key][2].split("`")[0] == str(setting["default"])


@pytest.mark.parametrize(
    ("page", "heading"),
    [("README.md", "Streams"), ("docs/circle-events.md", "Supported streams")],
)
def test_a_page_has_a_row_for_each_stream(page: str, heading: str) -> None:
    assert [row[0] for row in first_cells(page, heading)] == list(STREAMS)


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    with Sandbox(Options(events=2_000, visits=300, tracker=300, growth=0)) as running:
        yield running


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this checkout whose `.venv` is the one that runs these tests."""
    leave = shutil.ignore_patterns(".venv*", ".git", ".hypothesis", ".*_cache", "__pycache__")
    shutil.copytree(ROOT, tmp_path / "checkout", ignore=leave, symlinks=True)
    (tmp_path / "checkout" / ".venv").symlink_to(sys.prefix)
    return tmp_path / "checkout"


def run(command: str, folder: Path) -> None:
    """Run `command` as in an activated `.venv`, where `docker` is the stand-in in bin/."""
    path = f"{Path(__file__).with_name('bin')}:{sys.prefix}/bin:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=on_loopback(PATH=path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert '"status":"FAILED"' not in done.stdout, f"{command}\n{done.stdout[-2000:]}"


@pytest.mark.parametrize("page", [page for page in PAGES if any(kind for kind, _ in blocks(page))])
def test_code_blocks_run_as_written(page: str, checkout: Path, api: Sandbox) -> None:
    for kind, block in blocks(page):
        if kind == "sh":
            for line in block.replace("\\\n", " ").splitlines():
                command = re.sub(r"(^|\s+)# .*", "", line).strip()
                if command.startswith("make "):
                    command = command.replace("make ", "make --dry-run ", 1)
                elif not command or NOT_RUN.match(command):
                    continue
                for written, ours in FILLED_IN.items():
                    command = command.replace(written, ours)
                command = command.replace("CONFIG", json.dumps(api.config()))
                if "python -m sandbox" in command:  # does not end; its first line is a config
                    port = "" if "--port" in command else "--port 0"
                    command = f"head -1 < <({command} {port} --die-with-parent) | grep base_url"
                run(command, checkout)
        elif kind == "python":
            (checkout / "block.py").write_text(block)
            run("PYTHONPATH=. python block.py", checkout)
        elif kind == "yaml":
            yaml.safe_load(block)
