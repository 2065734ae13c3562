"""Pages of any size, asked for by any number of workers."""

from __future__ import annotations

from trials.scenario import Scenario


def pages() -> list[Scenario]:
    sizes: dict[str, dict[str, object]] = {
        "7 rows": {"per_page_maximum": 7, "events": 1000, "visits": 200, "tracker": 200},
        "100 rows": {"per_page_maximum": 100},
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
