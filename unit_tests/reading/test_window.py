"""How many windows a split returns; that they hold every instant once is tested by the simulation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from source_circle_events.reading.window import Window


def test_a_window_is_split_into_as_many_parts_as_asked_for() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    window = Window(start, start + timedelta(minutes=1))
    assert len(window.split(4, timedelta(hours=1))) == 4
