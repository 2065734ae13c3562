"""What the tables of docs/benchmarks.md show of the runs of one case."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from statistics import median

from benchmarks.bench import Run

Figure = Callable[[Run], float]
Column = Callable[[list[Run], list[Run]], str]
"""Of a case's runs, beside those of the case that all are compared with."""


def middle(figure: Figure, form: str) -> Column:
    return lambda runs, _: form.format(median(map(figure, runs)))


def ratio(figure: Figure) -> Column:
    """To the case that all are compared with."""
    return lambda runs, it: f"{median(map(figure, runs)) / median(map(figure, it)):.2f}"


def only(show: Callable[[Run], object]) -> Column:
    """For cases that run once."""
    return lambda runs, _: str(show(runs[0]))


def each(figure: str) -> Figure:
    """In microseconds a record."""
    return lambda run: float(run[figure] / run["records"] * 1e6)


def times_as_fast(runs: list[Run], it: list[Run]) -> str:
    return f"{median(run['wall'] for run in it) / median(run['wall'] for run in runs):.1f}"


def peak(runs: list[Run], _: list[Run]) -> str:
    return f"{max(run['peak'] for run in runs) / 1e6:.0f} MB"


def count(runs: list[Run], _: list[Run]) -> str:
    return str(len(runs))


wall = middle(itemgetter("wall"), "{:.1f} s")
to_wall = ratio(itemgetter("wall"))
cpu_each = middle(each("cpu"), "{:.1f} µs")
to_cpu_each = ratio(each("cpu"))
requests = middle(itemgetter("requests"), "{:.0f}")
others = middle(itemgetter("foreign"), "{:.1f}")
"""Cores that were busy with something else."""
