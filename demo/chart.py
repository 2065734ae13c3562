"""A column chart in characters; rich has tables and bars, and no columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def columns(values: Sequence[tuple[date, int]], height: int) -> list[str]:
    """One column a day, scaled to the greatest value, with a scale at the left and dates below."""
    most = max((value for _, value in values), default=0)
    width = len(f"{most:,}")
    lines = []
    for row in reversed(range(height)):
        label = f"{most:,}" if row == height - 1 else "0" if row == 0 else ""
        cells = "".join(_cell(value, most, row, height) for _, value in values)
        lines.append(f"{label:>{width}} ┤{cells}")
    return [*lines, (" " * (width + 2) + _dates([day for day, _ in values])).rstrip()]


def _cell(value: int, most: int, row: int, height: int) -> str:
    eighths = round(value / most * height * 8) if most else 0
    return _EIGHTHS[min(max(eighths - 8 * row, 0), 8)]


def _dates(days: Sequence[date]) -> str:
    """Mondays, where there is room for them."""
    text = ""
    for place, day in enumerate(days):
        if day.weekday() == 0 and place >= len(text):
            text += " " * (place - len(text)) + f"{day:%d %b}  "
    return text
