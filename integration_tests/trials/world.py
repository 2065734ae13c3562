"""The community that all scenarios share, and which of its rows are expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.protocol import Output
from harness.streams import ENDPOINTS, NAMES_KEYS
from sandbox import Options, Sandbox

TOKEN = "trial-4f9c27d1-secret"
TOKEN_END = TOKEN[5:]
"""What is searched for where the token must not be: some trials break the token before it."""
RECORDS = 8800
_DAYS = 60
# 70 % of the events in one hour: three pages that no window can divide by days.
_COMMUNITY = {"events": 7200, "visits": 800, "tracker": 800, "days": _DAYS, "hot_hour": 0.7}
_SETTLING = timedelta(seconds=60 + 5)
"""The default settling period, and some time between two looks at the clock."""

Rows = Mapping[str, Mapping[str, str]]
"""stream -> id -> created_at."""


def _ten_minutes_ago() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=10)


@dataclass(frozen=True)
class World:
    until: datetime = field(default_factory=_ten_minutes_ago)
    """When the history ends: all of it is settled, and nothing is added unless a scenario says so."""

    @property
    def places(self) -> dict[str, Any]:
        """What `{...}` stands for in the texts of a scenario."""
        since = self.until - timedelta(days=_DAYS)
        # Where two of the manifest's windows meet, with the sandbox's `start_date`: four days each
        # (`step`), and the first one starts a microsecond early.
        day = since + timedelta(days=(_DAYS // 18 + 1) * 9)
        middle = (since + timedelta(days=40)).replace(microsecond=123456)
        return {
            "start": since,
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
    """The value with each `{place}` in its texts filled in; one that stands alone keeps its type."""
    if isinstance(value, Mapping):
        return {key: filled(each, places) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, places) for each in value]
    if not isinstance(value, str):
        return value
    alone = re.fullmatch(r"\{(\w+)\}", value)
    return places[alone[1]] if alone else value.format(**places)


def came_without_id(identity: object) -> bool:
    """Whether this record has no `id` at Circle: it is null, empty or a hash in its place."""
    return not identity or re.fullmatch("[0-9a-f]{64}", str(identity)) is not None


class Truth:
    """What one sandbox knows, for syncs with one config."""

    def __init__(self, api: Sandbox, config: Mapping[str, Any], state: datetime | None) -> None:
        """`state`: the rows up to this moment came with earlier syncs."""
        self._api, self._config, self._since = api, config, config["start_date"]
        self._earliest: dict[str, str] = {}
        if state:
            self._since = (state + timedelta(microseconds=1)).isoformat()
            self._earliest["since"] = (state - timedelta(seconds=1)).isoformat()

    def known(self) -> Rows:
        """All rows that may come, including deleted ones and some just before the state."""
        return {s: self._api.ids(endpoint, **self._earliest) for s, endpoint in ENDPOINTS.items()}

    def expected(self, until: datetime | None = None) -> Rows:
        """The rows that must come: there throughout, and with an id."""
        asked: dict[str, object] = {"since": self._since, "throughout": 1}
        if until is not None:
            asked["until"] = until.isoformat()
        rows = {}
        for stream, endpoint in ENDPOINTS.items():
            names = self._config.get(NAMES_KEYS.get(stream, ""))
            found = self._api.ids(endpoint, **asked, **({"names": names} if names else {}))
            without = self._without_id(endpoint)
            rows[stream] = {i: at for i, at in found.items() if i not in without}
        return rows

    def settled(self) -> datetime:
        """Rows up to this moment are settled, by the clock that is behind."""
        ahead = timedelta(seconds=min(0.0, float(self._api.options()["clock_offset"])))
        return datetime.now(UTC) + ahead - _SETTLING

    def without_id(self, outputs: Iterable[Output], *, once: bool) -> list[str]:
        """Rows without an id come too; the package emits each of them once."""
        wrong = []
        for stream, endpoint in ENDPOINTS.items():
            due = len(self._without_id(endpoint))
            have = sum(came_without_id(identity) for o in outputs for identity in o.ids[stream])
            if have < due or (have > due and once):
                wrong.append(f"{have} {stream} without id, not {due}")
        return wrong

    def _without_id(self, endpoint: str) -> set[str]:
        malformed = self._api.malformed(endpoint)
        return {i for kind in ("no_id", "null_id", "empty_id") for i in malformed.get(kind, ())}
