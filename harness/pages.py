"""Writes results into the pages under docs/."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

_BEGIN, _END = "<!-- written by the command: begin -->\n", "<!-- written by the command: end -->\n"


def table(titles: Sequence[object], rows: Iterable[Sequence[object]], align: str = "---") -> str:
    """Markdown; `align` is that of all columns but the first."""
    lines = [titles, ("---", *[align] * (len(titles) - 1)), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def rewrite(page: Path, found: str) -> None:
    """Replace the generated part of the page, which is between two marks."""
    before, _, rest = page.read_text().partition(_BEGIN)
    _, marked, after = rest.partition(_END)
    if not marked:
        raise ValueError(f"{page} has no part that is written by the command")
    page.write_text(f"{before}{_BEGIN}{found}{_END}{after}")
    print(f"written: {page}")


def _cell(content: object) -> str:
    return str(content).replace("|", "\\|").replace("\n", " ")
