"""The states a sync may be given: of other versions, of other connectors, mended by hand, broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from trials.scenario import Limit
from trials.world import World

_BELIEVED = Limit("the CDK believes a state in the future", r"passed in silence")


@dataclass(frozen=True)
class StateCase:
    name: str
    state: object
    since: datetime | None
    """From where on rows are due, if the sync goes through; None: it may not."""

    @property
    def beyond_manifest(self) -> Limit | None:
        return _BELIEVED if self.since is None else None


def state_cases(world: World) -> list[StateCase]:
    """Any of them may also end in an error that says so: a state must not be ignored in silence."""
    middle = (world.since + timedelta(days=40)).replace(microsecond=123456)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        *_spellings(middle),
        StateCase("epoch seconds", {"created_at": int(middle.timestamp())}, middle),
        StateCase("epoch seconds as text", {"created_at": str(int(middle.timestamp()))}, middle),
        StateCase("slices of an older CDK", _slices(world.since, middle), middle),
        *(
            StateCase(name, state, world.since)
            for name, state in {
                "empty": {},
                "null created_at": {"created_at": None},
                "empty created_at": {"created_at": ""},
                "another key": {"updated_at": middle.strftime("%Y-%m-%dT%H:%M:%SZ")},
                "garbage": {"created_at": "last Tuesday"},
                "a date that is none": {"created_at": "2026-02-30T00:00:00Z"},
                "a list": {"created_at": [middle.strftime("%Y-%m-%dT%H:%M:%SZ")]},
                "before all history": {"created_at": "1970-01-01T00:00:00Z"},
                "the year 1": {"created_at": "0001-01-01T00:00:00Z"},
            }.items()
        ),
        StateCase("a day in the future", {"created_at": tomorrow}, None),
        StateCase("the year 9999", {"created_at": "9999-12-31T23:59:59Z"}, None),
    ]


def _spellings(middle: datetime) -> list[StateCase]:
    west, east = middle - timedelta(hours=6), middle + timedelta(hours=5, minutes=30)
    texts = {
        "seconds, Z": middle.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "milliseconds, Z": middle.strftime("%Y-%m-%dT%H:%M:%S.123Z"),
        "microseconds, Z": middle.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "microseconds, +0000": middle.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
        "seconds, +00:00": middle.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "seconds, -06:00": west.strftime("%Y-%m-%dT%H:%M:%S-06:00"),
        "milliseconds, +0530": east.strftime("%Y-%m-%dT%H:%M:%S.123+0530"),
        "no offset": middle.strftime("%Y-%m-%dT%H:%M:%S"),
        "a blank for the T": middle.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "a date": middle.strftime("%Y-%m-%d"),
    }
    midnight = middle.replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        StateCase(
            f"created_at: {name}", {"created_at": text}, midnight if name == "a date" else middle
        )
        for name, text in texts.items()
    ]


def _slices(start: datetime, end: datetime) -> dict[str, object]:
    form = "%Y-%m-%dT%H:%M:%S.%f%z"
    return {
        "state_type": "date-range",
        "slices": [{"start": start.strftime(form), "end": end.strftime(form)}],
    }
