"""The community all scenarios share, and what its sandbox knows: its rows, and which are owed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.protocol import Output
from harness.streams import ENDPOINTS, NAMES_KEYS
from sandbox import Options, Sandbox

TOKEN = "trial-4f9c27d1-secret"
TOKEN_END = TOKEN[5:]
"""What is searched for where the token must not be: some trials break it before that."""
DAYS = 60
_COMMUNITY = {"events": 7200, "visits": 800, "tracker": 800, "days": DAYS, "hot_hour": 0.7}
"""70 % of the events in one hour: three pages that no window can divide by days."""
RECORDS = 8800
Rows = Mapping[str, Mapping[str, str]]
"""stream -> id -> created_at."""

SETTLING = timedelta(seconds=60)
_MARGIN = timedelta(seconds=5)
"""Between the sandbox's look at its clock and the connector's."""


def had_no_id(identity: object) -> bool:
    """Whether a record with this `id` came without one: it has none, or a hash in its place."""
    return identity is None or re.fullmatch("[0-9a-f]{64}", str(identity)) is not None


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
    def places(self) -> dict[str, Any]:
        """What `{...}` stands for in the texts of a scenario."""
        # Where the manifest's third and fourth window meet, with the sandbox's own `start_date`: 13
        # days each (`step`), and the first one starts a microsecond early.
        day = self.since + timedelta(days=(DAYS // 5 + 1) * 3)
        middle = (self.since + timedelta(days=40)).replace(microsecond=123456)
        return {
            "start": self.since,
            "edge": (day - timedelta(microseconds=1)).isoformat(),
            "day": day.isoformat(),
            "recently": (self.until - timedelta(days=2)).isoformat(),
            "middle": middle,
            "middle_west": middle - timedelta(hours=6),
            "middle_east": middle + timedelta(hours=5, minutes=30),
            "middle_epoch": int(middle.timestamp()),
            "midnight": middle.replace(hour=0, minute=0, second=0, microsecond=0),
            "tomorrow": datetime.now(UTC) + timedelta(days=1),
            "token": TOKEN,
            "token_1": TOKEN[:5],
            "token_2": TOKEN[5:],
        }

    def options(self, changes: Mapping[str, object]) -> Options:
        until = self.until.strftime("%Y-%m-%dT%H:%M:%SZ")
        return Options().changed({**_COMMUNITY, "token": TOKEN, "until": until, **changes})


def filled(value: Any, places: Mapping[str, Any]) -> Any:
    """The value with each `{place}` in its texts filled in; one that stands alone stays what it is."""
    if isinstance(value, Mapping):
        return {key: filled(each, places) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, places) for each in value]
    if not isinstance(value, str):
        return value
    alone = re.fullmatch(r"\{(\w+)\}", value)
    return places[alone[1]] if alone else value.format(**places)


class Truth:
    """Of one sandbox, for syncs with one config."""

    def __init__(self, api: Sandbox, config: Mapping[str, Any], state: datetime | None) -> None:
        """`state`: up to when rows came with earlier syncs; None: nothing did."""
        self._api, self._config, self._since = api, config, config["start_date"]
        self._earliest: dict[str, str] = {}
        if state:
            self._since = (state + timedelta(microseconds=1)).isoformat()
            self._earliest["since"] = (state - timedelta(seconds=1)).isoformat()

    def known(self) -> Rows:
        """All rows that may come, deleted ones too; a state in whole seconds lies a little early."""
        return {s: self._api.ids(endpoint, **self._earliest) for s, endpoint in ENDPOINTS.items()}

    def owed(self, until: datetime | None = None) -> Rows:
        """The rows that are due, were there throughout and are served with an id."""
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

    def without_id(self, outputs: Iterable[Output], *, once: bool) -> list[str]:
        """Rows that are served without an id come too; how often, only the package can say."""
        wrong = []
        for stream, endpoint in ENDPOINTS.items():
            due = len(self._nameless(endpoint))
            have = sum(had_no_id(identity) for o in outputs for identity in o.ids[stream])
            if have < due or (have > due and once):
                wrong.append(f"{have} {stream} without id, not {due}")
        return wrong

    def _nameless(self, endpoint: str) -> set[str]:
        malformed = self._api.malformed(endpoint)
        return {i for kind in ("no_id", "null_id") for i in malformed.get(kind, ())}
