"""The tables in docs/: what held, and when; nothing else that differs from one run to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby

from harness.pages import table
from trials.scenario import Verdict

Word = Callable[[Verdict], str]


def tables(verdicts: Sequence[Verdict], word: Word = lambda verdict: verdict.word) -> str:
    """One for each group: a row for each scenario, a column for each form or CDK."""
    columns = list(dict.fromkeys(verdict.under for verdict in verdicts))
    text = ""
    for title, group in groupby(verdicts, lambda verdict: verdict.scenario.title):
        rows: dict[str, dict[str, list[Verdict]]] = defaultdict(lambda: defaultdict(list))
        for verdict in group:
            rows[verdict.scenario.name][verdict.under].append(verdict)
        cells = [
            (name, *(_one(row[column], word) for column in columns)) for name, row in rows.items()
        ]
        text += f"\n## {title}\n\n" + table(("scenario", *columns), cells)
    return f"{text}\n<sub>Tried on {datetime.now(UTC):%Y-%m-%d}.</sub>\n"


def _one(verdicts: Iterable[Verdict], word: Word) -> str:
    """The one word for all trials of a cell: the worst, since one that is broken breaks it."""
    worst_first = sorted(verdicts, key=lambda verdict: verdict.outcome != "BROKEN")
    return word(worst_first[0]) if worst_first else ""
