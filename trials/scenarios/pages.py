"""Pages of any size, asked for by any number of workers."""

from __future__ import annotations

from trials.scenario import Scenario

_EVEN: dict[str, object] = {"hot_hour": 0.0}


def pages() -> list[Scenario]:
    sizes: dict[str, dict[str, object]] = {
        "7 rows": {"per_page_maximum": 7, "events": 2000, "visits": 500, "tracker": 500, **_EVEN},
        "100 rows": {"per_page_maximum": 100, "events": 30_000, **_EVEN},
        "500 rows": {"per_page_maximum": 500, "events": 20_000},
        "1 to 300 rows": {"per_page_maximum": 300, "ragged_pages": True},
        "1 to 300 rows, latest first": {
            "per_page_maximum": 300,
            "ragged_pages": True,
            "sort": "latest",
        },
    }
    return [
        *(Scenario("page sizes", f"pages of {n}", o, limit=120) for n, o in sizes.items()),
        *(
            Scenario(
                "page sizes",
                f"pages of {size} rows, num_workers {workers}",
                {"per_page_maximum": size},
                {"num_workers": workers},
                limit=120,
            )
            for workers, size in ((1, 2000), (1, 100), (2, 100), (40, 100))
        ),
    ]
