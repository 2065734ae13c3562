"""The community all scenarios share, and what its sandbox knows: its rows, and which are owed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from harness.protocol import Output
from harness.streams import ENDPOINTS, NAMES_KEYS
from sandbox import Options, Sandbox

TOKEN = "trial-4f9c27d1-secret"
DAYS = 60
Rows = Mapping[str, Mapping[str, str]]
"""stream -> id -> created_at."""

SETTLING = timedelta(seconds=60)
_MARGIN = timedelta(seconds=5)
"""Between the sandbox's look at its clock and the connector's."""


@dataclass(frozen=True)
class World:
    """When the history ends. Settled, however long the trials take: nothing is stored after it
    unless a scenario lets it grow."""

    until: datetime

    @classmethod
    def now(cls) -> World:
        return cls(datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=10))

    @property
    def since(self) -> datetime:
        return self.until - timedelta(days=DAYS)

    @property
    def recently(self) -> datetime:
        return self.until - timedelta(days=2)

    def edge(self, number: int) -> datetime:
        """Where the manifest's windows `number` and `number` + 1 meet, with the sandbox's own
        `start_date`: 13 days each (`step`), and the first one starts a microsecond early."""
        return self.since + timedelta(days=(DAYS // 5 + 1) * number, microseconds=-1)

    def options(self, changes: Mapping[str, object]) -> Options:
        """70 % of the events in one hour: three pages that no window can divide by days."""
        common = Options(
            events=7200,
            visits=800,
            tracker=800,
            days=DAYS,
            hot_hour=0.7,
            token=TOKEN,
            until=self.until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        return common.changed(changes)


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
