"""Reads Markdown pages: their command blocks, links, headings and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    kind: str
    """What follows the fence: `sh`, `python`, ..."""
    text: str

    def commands(self) -> list[str]:
        """Of a block of `sh`, one after the other, without comments and line breaks."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line for each in lines if (line := re.sub(r"(^|\s+)# .*", "", each).strip())]


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str) -> list[Block]:
    return [Block(m["kind"], dedent(m["text"])) for m in _FENCE.finditer(text(page))]


def links(page: str) -> list[str]:
    """The targets, without those of other hosts."""
    prose = _FENCE.sub("", text(page))
    return [target for target in _LINK.findall(prose) if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """The headings as links name them, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {word.replace(" ", "-") for word in words}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables below `heading`, without their first two lines."""
    section = text(page).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = [i for i, row in enumerate(cells) if set("".join(row)) <= {"-", ":"}]
    return [row for i, row in enumerate(cells) if i not in heads and i + 1 not in heads]
