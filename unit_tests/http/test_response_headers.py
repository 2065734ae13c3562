"""`Retry-After` is a number or a date."""

from __future__ import annotations

import pytest

from source_circle_events.http.response_headers import retry_after

DAY = "Sat, 21 Nov 2020"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "0.4"}, 0.4),
        # A date is relative to the service's clock, which is years behind this machine's.
        ({"Date": f"{DAY} 12:00:00 GMT", "Retry-After": f"{DAY} 12:00:09 GMT"}, 9.0),
        ({"Retry-After": f"{DAY} 12:00:00 GMT"}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
        *(({"Retry-After": text}, None) for text in ("", "soon", "nan", "inf")),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
