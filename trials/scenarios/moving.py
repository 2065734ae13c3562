"""A list that changes while it is read: rows are deleted, others surface.

What was in it throughout must come, each once; a page number would skip a row for each one deleted.
"""

from __future__ import annotations

from trials.scenario import Limit, Scenario

_SHIFTED = Limit(
    "it follows page numbers, which skip a row for each one deleted before them",
    r"lost|records ahead",
)


def moving() -> list[Scenario]:
    even: dict[str, object] = {"hot_hour": 0.0, "events": 20_000, "latency": 0.02}
    small: dict[str, object] = {"per_page_maximum": 100}
    return [
        *(
            Scenario("moving", name, options, limit=120, beyond_manifest=_SHIFTED)
            for name, options in {
                "2 % deleted": {"delete": "0.02"},
                "2 % deleted, an even history": {"delete": "0.02", **even},
                "10 % deleted, pages of 100": {"delete": "0.1", **small},
                "10 % deleted, 10 % surface, pages of 100": {
                    "delete": "0.1",
                    "surface": "0.1",
                    **small,
                },
            }.items()
        ),
        *(
            Scenario("moving", name, options, limit=120)
            for name, options in {
                "2 % surface": {"surface": "0.02"},
                "10 % surface, pages of 100": {"surface": "0.1", **small},
            }.items()
        ),
    ]
