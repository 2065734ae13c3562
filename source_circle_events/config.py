"""The config, checked against the spec before any request is made.

The spec in the manifest is the one truth: patterns, defaults, limits, examples stand there and nowhere
else. The CDK's own check quotes what does not match ("'x' does not match '^P...'"), which names neither
the field nor a right value, and could quote a secret; the sentences here are made of the spec's words.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pendulum
from jsonschema import Draft7Validator

from source_circle_events import manifest
from source_circle_events.errors import config_error, printable, setting_sentence, wrong_setting

Mode = Literal["keep", "hash", "drop"]

CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far the clocks of two machines may differ before one of them counts as wrong."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing is asked for from before it, since bounds a little earlier must be possible too."""
_PROTECTING = re.compile("personal|hash|salt|privacy|anonym|mask|redact|pii|gdpr")


@dataclass(frozen=True, slots=True)
class Config:
    """What a user configured, with defaults filled in."""

    api_token: str
    base_url: str
    """Without a slash at its end, as the paths have none around them."""
    events_path: str
    member_visits_path: str
    tracker_events_path: str
    start_date: datetime | None
    event_types: tuple[str, ...]
    tracker_event_types: tuple[str, ...]
    lookback_window: timedelta
    settling_period: timedelta
    num_workers: int
    personal_data: Mode
    hash_key: str

    @classmethod
    def of(
        cls,
        raw: Mapping[str, Any],
        selected: Collection[str] | None = None,
        warn: Callable[[str], object] = lambda _: None,
    ) -> Config:
        """The config in `raw`, or a config_error that names the key and shows a right value.

        With `selected` (streams), the event types chosen for other streams do not matter. `warn` is
        told what is ignored.
        """
        _look_for_unknown(raw, warn)
        values = _validated(raw, selected)
        for key, value in values.items():
            if key == "base_url" or key.endswith("_path"):
                values[key] = value.strip("/")
            elif key.endswith("_types"):
                values[key] = tuple(dict.fromkeys(value or ()))
            elif key in ("lookback_window", "settling_period"):
                values[key] = _duration(value or "PT0S")
        values["start_date"] = _start_date(values["start_date"])
        values["num_workers"] = int(values["num_workers"])
        return cls(**values | {"hash_key": values["hash_key"] or ""})


def tidied(raw: Mapping[str, Any]) -> dict[str, Any]:
    """`raw` with its settings as they are meant, also for the manifest's templates: without spaces
    around them, and without empty ones, which forms leave for what is not set."""
    names = manifest.settings()
    given = {k: v.strip() if k in names and isinstance(v, str) else v for k, v in raw.items()}
    return {k: v for k, v in given.items() if k not in names or v not in (None, "")}


def _look_for_unknown(raw: Mapping[str, Any], warn: Callable[[str], object]) -> None:
    """Tell each key that is no setting; those that begin with `__` are the platform's.

    A config_error if one, or a key within it, looks as if it was meant to protect people: ignored, it
    would send what it was meant to hide.
    """
    names = {_letters(name): name for name in manifest.settings()}
    for key in raw:
        if key in names.values() or key.startswith("__"):
            continue
        near = difflib.get_close_matches(_letters(key), names, n=1)
        meant = names[near[0]] if near else ""
        keys = re.findall(r'"([^"]*)": ', json.dumps({key: raw[key]}, default=str))
        found = [name for name in keys if _PROTECTING.search(_letters(name))]
        if found or meant == "personal_data":
            where = key if not found or key in found else f"{key}.{found[0]}"
            meant = "hash_key" if "hash" in _letters(where) else "personal_data"
            raise config_error(
                f'There is no setting "{where[:50]}". Did you mean "{meant}"? Nothing is read until '
                "this is clear, since it looks like a setting that protects people."
            )
        sentence = f'There is no setting "{key[:50]}", so it is ignored.'
        warn(printable(f'{sentence} Did you mean "{meant}"?' if meant else sentence))


def _validated(raw: Mapping[str, Any], selected: Collection[str] | None) -> dict[str, Any]:
    """Every setting's value or default, right by the spec and by what the spec cannot say."""
    properties = manifest.settings()
    given = {key: value for key, value in tidied(raw).items() if key in properties}
    for stream, parameters in manifest.streams().items():
        if selected is not None and stream not in selected:
            given.pop(parameters.get("names_key", ""), None)
    for error in Draft7Validator({"properties": properties}).iter_errors(given):
        key, *within = error.absolute_path
        if error.validator != "uniqueItems":
            raise wrong_setting(str(key), error.instance if within else "")
    values: dict[str, Any] = {k: word.get("default") for k, word in properties.items()} | given
    # No pattern in the spec: whoever else validates by it would quote the token.
    if not re.fullmatch(r"[\x21-\x7e]+", values["api_token"] or ""):
        raise wrong_setting("api_token")
    if values["personal_data"] == ("keep" if values["hash_key"] else "hash"):
        raise config_error(
            '"personal_data": "hash" and "hash_key" go together: give both, or neither. '
            f"{setting_sentence('hash_key')}"
        )
    return values


def date_of(text: str | None) -> datetime | None:
    """A date, or a date with a time, as people write it, in UTC; None if it is none.

    A plain one: pendulum's is eighty times slower to compare, and windows are made of it.
    """
    try:
        parsed = pendulum.parse(text.strip()) if text and text.strip()[:4].isdigit() else None
        at = parsed.in_timezone("UTC") if isinstance(parsed, pendulum.DateTime) else None
    except (ValueError, OverflowError):  # no date, or by its offset out of the years 1 to 9999
        return None
    return datetime.fromisoformat(at.isoformat()) if at else None


def _duration(text: str) -> timedelta:
    """Weeks to seconds; the spec's pattern has neither months nor years, whose length differs."""
    parsed = pendulum.parse(text)
    assert isinstance(parsed, pendulum.Duration)  # noqa: S101  (by the pattern)
    return parsed.as_timedelta()


def _start_date(value: str | None) -> datetime | None:
    date = date_of(value)
    if value and not (date and EARLIEST <= date <= datetime.now(UTC)):
        raise wrong_setting("start_date")
    return date


def _letters(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())
