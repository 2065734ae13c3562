"""Reads Markdown pages: their command blocks, links, headings and tables."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from harness.streams import ROOT

PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "sandbox/README.md",
    *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
]
_FENCE = re.compile(
    r"^(?P<pad> *)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=pad)```$", re.DOTALL | re.MULTILINE
)
_TABLE = re.compile(r"^\|[-:| ]+\|\n((?:\|.*\n)+)", re.MULTILINE)


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str) -> list[tuple[str, str]]:
    """What follows each fence (`sh`, `python`, ...), and the block's text."""
    return [(block["kind"], dedent(block["text"])) for block in _FENCE.finditer(text(page))]


def commands(block: str) -> list[str]:
    """The commands of a block of `sh`, one after the other, without comments and line breaks."""
    lines = block.replace("\\\n", " ").splitlines()
    return [line for each in lines if (line := re.sub(r"(^|\s+)# .*", "", each).strip())]


def links(page: str) -> list[str]:
    """The targets, without those of other hosts."""
    targets = re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", text(page)))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """The headings as links name them, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {word.replace(" ", "-") for word in words}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables below `heading`, row by row, without the tables' heads."""
    section = text(page).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0] + "\n"
    lines = "".join(_TABLE.findall(section)).splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
