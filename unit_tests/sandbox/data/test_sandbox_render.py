"""Times are written as asked: stored at one resolution, shown at another, with any offset."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from asking import Asker, ids


@pytest.mark.parametrize(
    ("resolution", "decimals"), [("seconds", 0), ("milliseconds", 3), ("microseconds", 6)]
)
@pytest.mark.parametrize("offset", ["Z", "+00:00", "-06:00"])
def test_times(ask: Asker, resolution: str, decimals: int, offset: str) -> None:
    exact = ask.api.ids()
    ask.api.change(resolution=resolution, offset=offset)
    shape = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d" + (rf"\.\d{{{decimals}}}" if decimals else "")
    unit = 10**-decimals
    for record in ask.page():
        for key in ("created_at", "triggered_at"):
            assert re.fullmatch(shape + re.escape(offset), record[key])
        moment = datetime.fromisoformat(exact[record["id"]])
        assert 0 <= (moment - datetime.fromisoformat(record["created_at"])).total_seconds() < unit
    middle = ask.page(sort="oldest")[400]["created_at"]
    assert all(
        datetime.fromisoformat(record["created_at"]) > datetime.fromisoformat(middle)
        for record in ask.page(created_at_gt=middle)
    )


def test_times_that_are_shown_coarser_than_they_are_stored(ask: Asker) -> None:
    ask.api.change(text_resolution="seconds")
    record = ask.page(sort="oldest")[400]
    assert re.fullmatch(r".*T\d\d:\d\d:\d\dZ", record["created_at"])
    assert record["id"] in ids(ask.page(created_at_gt=record["created_at"]))
