"""What several tests of the entrypoints ask of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from harness.protocol import Output

SETTLING = timedelta(seconds=60)


def in_time(seconds: float, run: Callable[[], Output]) -> Output:
    """Run it, up to three times until it took less than `seconds`.

    Bars are for a machine with nothing else to do: where several processes share a core, as when
    tests run side by side, a command may take as many times longer.
    """
    for _ in range(3):
        output = run()
        allowed = seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        if output.run.seconds < allowed:
            return output
    raise AssertionError(f"took {output.run.seconds:.1f} s, {allowed:.1f} s are allowed")


def assert_only_new(
    got: Sequence[str], now: Mapping[str, str], old: Mapping[str, str], started: datetime
) -> None:
    """Each row that had settled when the read began, once; what was stored since may be there or
    not; none that an earlier read brought. `now` and `old`: id -> `created_at`, after and before."""
    settled = (started - SETTLING).isoformat()
    due = {one for one, created_at in now.items() if one not in old and created_at < settled}
    assert due, "nothing new was there to be read, so that this proves nothing"
    assert len(got) == len(set(got))
    assert not set(got) & set(old)
    assert due <= set(got) <= set(now)
