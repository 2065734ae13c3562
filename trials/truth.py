"""What the sandbox knows: which rows there are, and which of them a sync owes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from harness.protocol import Output
from harness.streams import ENDPOINTS, NAMES_KEYS
from sandbox import Sandbox

Rows = Mapping[str, Mapping[str, str]]
"""stream -> id -> created_at."""

SETTLING = timedelta(seconds=60)
_MARGIN = timedelta(seconds=5)
"""Between the sandbox's look at its clock and the connector's."""


class Truth:
    """Of one sandbox, for syncs with one config."""

    def __init__(self, api: Sandbox, config: Mapping[str, object], since: datetime) -> None:
        self._api, self._config = api, config
        self._since = config.get("start_date", since.isoformat())
        self._malformed = bool(api.options()["odd"])

    def known(self) -> Rows:
        """All rows that ever were, deleted ones too."""
        return {stream: self._api.ids(endpoint) for stream, endpoint in ENDPOINTS.items()}

    def owed(self, until: datetime | None = None) -> Rows:
        """The rows from the start date on that were there throughout and are served with an id."""
        asked: dict[str, object] = {"since": self._since, "throughout": 1}
        if until is not None:
            asked["until"] = until.isoformat()
        rows = {}
        for stream, endpoint in ENDPOINTS.items():
            names = self._config.get(NAMES_KEYS.get(stream, ""))
            found = self._api.ids(endpoint, **asked, **({"names": names} if names else {}))
            nameless = self._nameless(endpoint)
            rows[stream] = {i: at for i, at in found.items() if i not in nameless}
        return rows

    def settled(self) -> datetime:
        """Up to here rows are settled, by the clock that is behind."""
        ahead = timedelta(seconds=min(0.0, float(self._api.options()["clock_offset"])))
        return datetime.now(UTC) + ahead - SETTLING - _MARGIN

    def without_id(self, outputs: list[Output], *, once: bool) -> list[str]:
        """Rows that are served without an id come too; how often, only the package can say."""
        wrong = []
        for stream, endpoint in ENDPOINTS.items():
            due = len(self._nameless(endpoint))
            have = sum(identity is None for o in outputs for identity in o.ids[stream])
            if have < due or (have > due and once):
                wrong.append(f"{have} {stream} without id, not {due}")
        return wrong

    def _nameless(self, endpoint: str) -> set[str]:
        if not self._malformed:
            return set()
        malformed = self._api.malformed(endpoint)
        return {i for kind in ("no_id", "null_id") for i in malformed.get(kind, ())}
