"""The list itself: its pages, rows that leave and come while it is read, rows that come late."""

from __future__ import annotations

from typing import Any

from trials.scenario import Limit, Scenario

Options = dict[str, Any]
_EVEN: Options = {"hot_hour": 0.0}
_SHIFTED = Limit(
    "it follows page numbers, which skip a row for each one deleted before them",
    r"lost|records ahead",
)
_CLOCK = Limit(
    "no service's clock to go by: keep this machine's right, or set a longer settling_period",
    r"lost|records ahead",
)


def pages() -> list[Scenario]:
    """Pages of any size, asked for by any number of workers."""
    ragged: Options = {"per_page_maximum": 300, "ragged_pages": True}
    few = {"events": 2000, "visits": 500, "tracker": 500, **_EVEN}
    sizes: dict[str, Options] = {
        "7 rows": {"per_page_maximum": 7, **few},
        "100 rows": {"per_page_maximum": 100, "events": 30_000, **_EVEN},
        "500 rows": {"per_page_maximum": 500, "events": 20_000},
        "1 to 300 rows": ragged,
        "1 to 300 rows, latest first": {**ragged, "sort": "latest"},
    }
    workers = {
        f"{size} rows, num_workers {count}": ({"per_page_maximum": size}, {"num_workers": count})
        for count, size in ((1, 2000), (1, 100), (2, 100), (40, 100))
    }
    return [
        Scenario("page sizes", f"pages of {name}", options, config, limit=120)
        for name, (options, config) in ({n: (o, {}) for n, o in sizes.items()} | workers).items()
    ]


def moving() -> list[Scenario]:
    """What was in it throughout must come, each once: a page number would skip a row for each one
    deleted."""
    even: Options = {**_EVEN, "events": 20_000, "latency": 0.02}
    small: Options = {"per_page_maximum": 100}
    changes: dict[str, Options] = {
        "2 % deleted": {"delete": "0.02"},
        "2 % deleted, an even history": {"delete": "0.02", **even},
        "10 % deleted, pages of 100": {"delete": "0.1", **small},
        "10 % deleted, 10 % surface, pages of 100": {"delete": "0.1", "surface": "0.1", **small},
        "2 % surface": {"surface": "0.02"},
        "10 % surface, pages of 100": {"surface": "0.1", **small},
    }
    return [
        Scenario(
            "moving",
            name,
            options,
            limit=120,
            beyond_manifest=_SHIFTED if "delete" in options else None,
        )
        for name, options in changes.items()
    ]


def time() -> list[Scenario]:
    """Late rows, a growing service, clocks that disagree."""
    lag: Options = {"lag": "0.3:50", "growth": 600.0}
    grows: Options = {"growth": 6000.0, "latency": 0.3}
    ignored: Options = {"sort": "latest", "base_timestamp": "ignored", "created_at_gt": "ignored"}
    late: Options = {"later": (30, 30), "slow": True}
    clocks = {
        f"the service's clock {abs(offset)} s {'ahead' if offset > 0 else 'behind'}": offset
        for offset in (300, 100, -30, -100, -300)
    }
    return [
        Scenario("time", "rows visible up to 50 s late", lag, **late),
        Scenario(
            "time",
            "rows visible up to 50 s late, in seconds",
            {**lag, "resolution": "seconds"},
            **late,
        ),
        Scenario("time", "grows while it is read", grows, later=(20,)),
        Scenario(
            "time", "grows while it is read, latest first", {**grows, "sort": "latest"}, later=(20,)
        ),
        Scenario(
            "time",
            "grows while it is read, sort and bounds ignored",
            {**grows, **ignored},
            later=(20,),
            limit=1200,
            slow=True,
        ),
        *(
            Scenario(
                "time",
                name,
                {**lag, "clock_offset": float(offset)},
                beyond_manifest=_CLOCK if offset < 0 else None,
                **late,
            )
            for name, offset in clocks.items()
        ),
    ]
