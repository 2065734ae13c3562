"""What headers ask for, in seconds."""

from __future__ import annotations

import pytest

from source_circle_events.http.retry_after import requested_wait

DATE = {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}
EPOCH = 1795262400


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "Sat, 21 Nov 2026 12:00:09 GMT"}, 9),
        ({"Retry-After": "Sat, 21 Nov 2026 11:59:00 GMT"}, 0),
        ({"X-RateLimit-Reset": str(EPOCH + 11)}, 11),
        ({"X-RateLimit-Reset": "13"}, 13),
        ({"RateLimit-Reset": "17"}, 17),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "3"}, 3),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 -0500"}, None),
        ({"Retry-After": "Fri, 31 Dec 99999999999 23:59:59 GMT"}, None),
        ({}, None),
    ],
)
def test_given_headers_then_the_seconds_they_ask_for(headers, seconds):
    assert requested_wait(DATE | headers) == seconds
