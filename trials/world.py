"""The community all scenarios share: small, but every stream is busy and one window needs pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox import Options

TOKEN = "trial-4f9c27d1-secret"
DAYS = 60


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
