"""The chart in the terminal says what the numbers say."""

from __future__ import annotations

from datetime import date, timedelta

from demo import chart


def test_a_column_is_as_high_as_its_value() -> None:
    monday = date(2026, 3, 2)
    values = [(monday + timedelta(days=n), value) for n, value in enumerate([0, 1, 8, 16, 12])]
    assert chart.columns(values, height=2) == [
        "16 ┤   █▄",
        " 0 ┤ ▁███",
        "    02 Mar",
    ]


def test_nothing_is_a_flat_line() -> None:
    assert chart.columns([(date(2026, 3, 3), 0)], height=1) == ["0 ┤ ", ""]
    assert chart.columns([], height=1) == ["0 ┤", ""]


def test_dates_do_not_run_into_each_other() -> None:
    monday = date(2026, 3, 2)
    values = [(monday + timedelta(days=n), 1) for n in range(28)]
    assert chart.columns(values, height=1)[-1] == "   02 Mar        16 Mar"
