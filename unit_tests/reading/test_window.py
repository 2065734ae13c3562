"""Windows that are split meet at points, and hold every instant once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from source_circle_events.reading.window import Window

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
# Within a minute, and often enough the very same instant or one beside it.
instants = st.one_of(
    st.integers(0, 60_000_000),
    st.integers(0, 60).map(lambda second: second * 1_000_000),
    st.sampled_from([9_999_999, 10_000_000, 10_000_001, 30_000_000, 30_000_001]),
).map(lambda micros: _EPOCH + timedelta(microseconds=micros))


@settings(max_examples=120, deadline=None)
@given(instants, instants, st.integers(1, 40), st.integers(0, 60_000), instants)
def test_given_parts_of_a_window_then_they_partition_it(
    one: datetime, other: datetime, parts: int, longest: int, at: datetime
) -> None:
    window = Window(min(one, other) - timedelta(microseconds=1), max(one, other))

    pieces = window.split(parts, timedelta(milliseconds=longest))

    assert sum(piece.holds(at) for piece in pieces) == window.holds(at)
    assert len(pieces) <= parts
    assert [piece.start for piece in pieces[1:]] == [piece.end for piece in pieces[:-1]]
    assert all(piece.start.microsecond == 999_999 for piece in pieces[1:])  # seconds stay whole
