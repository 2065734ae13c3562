"""The config, checked against the spec before any request is made.

The spec in the manifest is the one truth: patterns, defaults, limits, examples stand there and nowhere
else. The CDK's own check quotes what does not match ("'x' does not match '^P...'"), which names neither
the field nor a right value, and could quote a secret; the sentences here are made of the spec's words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

import pendulum
from jsonschema import Draft7Validator

from source_circle_events import manifest
from source_circle_events.errors import (
    config_error,
    refuse_misspelt_protection,
    setting_sentence,
    settings,
    wrong_setting,
)

Mode = Literal["keep", "hash", "drop"]


@dataclass(frozen=True, slots=True)
class Config:
    """What a user configured, with defaults filled in."""

    api_token: str
    base_url: str
    """Without a slash at its end."""
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
    def of(cls, raw: Mapping[str, Any], selected: Collection[str] | None = None) -> Config:
        """The config in `raw`, or a config_error that names the key and shows a right value.

        With `selected` (streams), the event types chosen for other streams do not matter.
        """
        refuse_misspelt_protection(raw)
        values = _validated(raw, selected)
        for key in settings():
            if key.endswith("_path"):
                values[key] = values[key].strip("/")
            elif key.endswith("_types"):
                values[key] = tuple(dict.fromkeys(values[key] or ()))
        return cls(
            **values
            | {
                "base_url": values["base_url"].rstrip("/"),
                "start_date": _start_date(values["start_date"]),
                "lookback_window": _duration("lookback_window", values),
                "settling_period": _duration("settling_period", values),
                "num_workers": int(values["num_workers"]),
                "hash_key": values["hash_key"] or "",
            }
        )


def tidied(raw: Mapping[str, Any]) -> dict[str, Any]:
    """`raw` with its settings as they are meant, also for the manifest's templates: without spaces
    around them, and without empty ones, which forms leave for what is not set."""
    names = settings()
    given = {k: v.strip() if k in names and isinstance(v, str) else v for k, v in raw.items()}
    return {k: v for k, v in given.items() if k not in names or v not in (None, "")}


def _validated(raw: Mapping[str, Any], selected: Collection[str] | None) -> dict[str, Any]:
    """Every setting's value or default, right by the spec and by what the spec cannot say."""
    properties = settings()
    given = {key: value for key, value in tidied(raw).items() if key in properties}
    for stream in manifest.load()["streams"]:
        if selected is not None and stream["name"] not in selected:
            given.pop(stream["$parameters"].get("names_key"), None)
    for error in Draft7Validator({"properties": properties}).iter_errors(given):
        key, *within = error.absolute_path
        if error.validator != "uniqueItems":
            raise wrong_setting(str(key), error.instance if within else "")
    values: dict[str, Any] = {k: word.get("default") for k, word in properties.items()} | given
    if not re.fullmatch(r"[\x21-\x7e]+", values["api_token"] or ""):
        raise wrong_setting("api_token")
    if not _is_safe(values["base_url"]):
        raise wrong_setting("base_url")
    has_key = bool(values["hash_key"])
    if values["personal_data"] == ("keep" if has_key else "hash"):
        raise config_error(
            '"personal_data": "hash" and "hash_key" go together: give both, or neither. '
            f"{setting_sentence('hash_key')}"
        )
    return values


def _is_safe(url: str) -> bool:
    """What the pattern cannot say: a port is a number, and 127.0.0.300, a name to be looked up, is not
    this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        near = parts.scheme == "https" or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
    return bool(host) and near and "@" not in parts.netloc and "\\" not in url


def _start_date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        date = pendulum.parse(value, strict=True)
    except ValueError:
        date = None
    if not isinstance(date, pendulum.DateTime) or not date.year >= 1970 or date > pendulum.now():
        raise wrong_setting("start_date")
    # A plain one again: pendulum's is eighty times slower to compare, and windows are made of it.
    return datetime.fromisoformat(date.in_timezone("UTC").isoformat())


def _duration(key: str, values: Mapping[str, Any]) -> timedelta:
    """Weeks to seconds; the spec's pattern has neither months nor years, whose length differs."""
    if not values[key]:
        return timedelta(0)
    try:
        parsed = pendulum.parse(values[key])
        assert isinstance(parsed, pendulum.Duration)  # noqa: S101  (the pattern begins with P)
        return parsed.as_timedelta()
    except (ValueError, OverflowError):
        raise wrong_setting(key) from None
