"""Who reads the output: slowly, in fits, through a thin pipe, not to the end."""

from __future__ import annotations

from functools import partial

from harness.process import Reader
from trials.scenario import Limit, Scenario

_MANY_PAGES = {"hot_hour": 0.0, "events": 30_000, "per_page_maximum": 500}
"""Some 70 pages, 24 MB: more than a sync may hold at once, so that it has to wait for its reader."""
_GONE = Limit("the CDK ends with a traceback when its stdout is closed", r"traceback|still running")


def readers() -> list[Scenario]:
    read = partial(Scenario, "readers", options=_MANY_PAGES, limit=90)
    slow = Reader(rate=3e6)
    return [
        read("a steady 3 MB/s", reader=slow),
        read("a steady 6 MB/s", reader=Reader(rate=6e6)),
        read("pauses of 1.5 s", reader=Reader(pause=1.5, every=4_000_000)),
        read("a pipe of 4 kB", reader=Reader(pipe=4096)),
        read("a steady 3 MB/s, two workers", config={"num_workers": 2}, reader=slow),
        read(
            "gone after 2 MB",
            reader=Reader(rate=6e6, gone_after=2_000_000),
            limit=30,
            beyond_manifest=_GONE,
            word="ends, then resumes",
        ),
        read("two reads in one process, the first abandoned", abandons=True, runtimes=("package",)),
    ]
