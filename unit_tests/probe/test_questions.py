"""What the sandbox does not do to a page, played by a service of a few rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from source_circle_events.probe.questions import Questions
from source_circle_events.probe.service import Answer, Rows, Service, UnknownError

START = datetime(2026, 1, 1, tzinfo=UTC)


def row(stored: int, happened: int | None = None) -> dict[str, Any]:
    """A record of so many seconds after START."""
    when = [
        START + timedelta(seconds=s) for s in (stored, stored if happened is None else happened)
    ]
    return {
        "id": str(stored),
        "created_at": when[0].isoformat(),
        "triggered_at": when[1].isoformat(),
    }


def asked(known: Rows, bounded: Callable[[Rows], Answer]) -> Questions:
    """`known` is what comes without a bound, `bounded` what comes of it with one."""

    def answer(stream: str, per_page: int, sort: str, **bound: str) -> Answer:
        return bounded(known) if bound else Answer(known, "?page=2")

    service = cast(Service, type("Fake", (), {"answer": staticmethod(answer)}))
    return Questions(service)


def test_a_page_cut_short_is_not_taken_for_a_bound() -> None:
    known = [row(second) for second in (40, 30, 20, 10)]
    cut = asked(known, lambda rows: Answer(rows[:1], "?page=2"))  # as a strict bound at 30 would
    with pytest.raises(UnknownError, match="shorter"):
        cut.created_at_gt()


def test_rows_that_fit_no_reading_are_no_answer() -> None:
    known = [row(second) for second in (40, 30, 20, 10)]
    odd = asked(known, lambda rows: Answer([*rows[1:2], *rows[3:]], ""))
    with pytest.raises(UnknownError, match="none of its readings"):
        odd.created_at_gt()


@pytest.mark.parametrize("inclusive", [False, True])
def test_a_row_exactly_on_the_bound_decides_nothing(inclusive: bool) -> None:
    known = [row(30), row(20, -90), row(19, -90), row(-100)]
    came = known[2:] if inclusive else known[3:]
    assert asked(known, lambda rows: Answer(came, "")).base_timestamp() == "created_at"
