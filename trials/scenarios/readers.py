"""Who reads the output: slowly, in fits, through a thin pipe, not to the end."""

from __future__ import annotations

from harness.process import Reader
from trials.scenario import Limit, Scenario

_MANY_PAGES: dict[str, object] = {
    "hot_hour": 0.0,
    "events": 30_000,
    "per_page_maximum": 500,
}
"""Some 70 pages, 24 MB: more than a sync may hold at once, so that it has to wait for its reader."""
_GONE = Limit("the CDK ends with a traceback when its stdout is closed", r"traceback|still running")


def readers() -> list[Scenario]:
    speeds = {
        "a steady 3 MB/s": Reader(rate=3e6),
        "a steady 6 MB/s": Reader(rate=6e6),
        "pauses of 1.5 s": Reader(pause=1.5, every=4_000_000),
        "a pipe of 4 kB": Reader(pipe=4096),
    }
    return [
        *(
            Scenario("readers", name, _MANY_PAGES, reader=reader, limit=90)
            for name, reader in speeds.items()
        ),
        Scenario(
            "readers",
            "a steady 3 MB/s, two workers",
            _MANY_PAGES,
            {"num_workers": 2},
            reader=Reader(rate=3e6),
            limit=90,
        ),
        Scenario(
            "readers",
            "gone after 2 MB",
            _MANY_PAGES,
            reader=Reader(rate=6e6, gone_after=2_000_000),
            limit=30,
            beyond_manifest=_GONE,
            word="ends, then resumes",
        ),
        Scenario(
            "readers",
            "two reads in one process, the first abandoned",
            _MANY_PAGES,
            abandons=True,
            limit=90,
            runtimes=("package",),
        ),
    ]
