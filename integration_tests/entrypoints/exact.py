"""What a read of a growing stream must have brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

SETTLING = timedelta(seconds=60)


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
