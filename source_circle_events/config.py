"""The config, checked against the spec before any request is made.

The spec in the manifest is the one truth: patterns, defaults, limits, examples stand there and nowhere
else. The CDK's own check quotes what does not match ("'x' does not match '^P...'"), which names neither
the field nor a right value, and could quote a secret; the sentences here are made of the spec's words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import pendulum
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from jsonschema import Draft7Validator

from source_circle_events import manifest
from source_circle_events.errors import config_error
from source_circle_events.inputs.unknown_keys import refuse_protecting

Mode = Literal["keep", "hash", "drop"]

_REASONS = {
    "api_token": "Copy it as Circle shows it: one word, without spaces inside and without "
    '"Bearer" before it.',
    "base_url": "Plain http is accepted for this machine only (127.0.0.1, localhost), since it would "
    "show the API token to everyone on the way.",
    "hash_key": "With a short one, the hashes could be guessed back.",
    "start_date": "It must not lie in the future.",
    "events_path": "It is the last part of the address, after the base URL.",
}


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
    def of(cls, raw: Mapping[str, Any]) -> Config:
        """The config in `raw`, or a config_error that names the key and shows a right value."""
        properties = setting_schemas()
        refuse_protecting(raw, properties)
        given = {key: value for key, value in tidied(raw).items() if key in properties}
        for error in Draft7Validator({"properties": properties}).iter_errors(given):
            raise _wrong(str(error.absolute_path[0]), properties)
        values: dict[str, Any] = {
            key: given.get(key, word.get("default")) for key, word in properties.items()
        }
        if not re.fullmatch(r"[\x21-\x7e]+", values["api_token"] or ""):
            raise _wrong("api_token", properties)
        if not _is_safe(values["base_url"]):
            raise _wrong("base_url", properties)
        if (values["personal_data"] == "hash") != bool(values["hash_key"]):
            raise config_error(
                '"personal_data": "hash" and "hash_key" go together: give both, or neither. '
                f"{_sentence('hash_key', properties)}"
            )
        return cls(
            api_token=values["api_token"],
            base_url=values["base_url"].rstrip("/"),
            events_path=values["events_path"].strip("/"),
            member_visits_path=values["member_visits_path"].strip("/"),
            tracker_events_path=values["tracker_events_path"].strip("/"),
            start_date=_start_date(values["start_date"], properties),
            event_types=tuple(values["event_types"] or ()),
            tracker_event_types=tuple(values["tracker_event_types"] or ()),
            lookback_window=_duration("lookback_window", values, properties),
            settling_period=_duration("settling_period", values, properties),
            num_workers=int(values["num_workers"]),
            personal_data=values["personal_data"],
            hash_key=values["hash_key"] or "",
        )


def setting_schemas() -> Mapping[str, Any]:
    spec = manifest.loaded_with_components()["spec"]["connection_specification"]
    properties: Mapping[str, Any] = spec["properties"]
    return properties


def tidied(raw: Mapping[str, Any]) -> dict[str, Any]:
    """`raw` with its settings as they are meant: without spaces around them, and without empty ones,
    which a form or a template leaves for what is not set. The manifest's templates see it so, too."""
    settings = setting_schemas()
    stripped = {
        key: value.strip() if key in settings and isinstance(value, str) else value
        for key, value in raw.items()
    }
    return {
        key: value
        for key, value in stripped.items()
        if key not in settings or value not in (None, "")
    }


def _wrong(key: str, properties: Mapping[str, Any]) -> AirbyteTracedException:
    return config_error(_sentence(key, properties))


def _sentence(key: str, properties: Mapping[str, Any]) -> str:
    """What `key` must be, in the words of the spec."""
    word = properties[key]
    items = word.get("items", {})
    examples = word.get("examples") or items.get("enum") or word.get("enum") or []
    if word["type"] == "integer":
        rule = f"a whole number from {word['minimum']} to {word['maximum']}"
    elif word["type"] == "array":
        rule = "a list of names that Circle documents"
    elif "enum" in word:
        rule = "one of " + ", ".join(f'"{choice}"' for choice in word["enum"])
    elif "minLength" in word:
        rule = f"a secret of at least {word['minLength']} characters"
    else:
        rule = word.get("pattern_descriptor") or f"a {word['type']}"
    shown = f', for example "{examples[0]}"' if examples and "enum" not in word else ""
    reason = _REASONS.get(key) or (_REASONS["events_path"] if key.endswith("_path") else "")
    return f'"{key}" must be {rule}{shown}. {reason}'.rstrip()


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and "@" not in parts.netloc


def _start_date(value: str | None, properties: Mapping[str, Any]) -> datetime | None:
    if not value:
        return None
    try:
        date = pendulum.parse(value, strict=True)
    except ValueError:
        date = None
    if not isinstance(date, pendulum.DateTime) or not date.year >= 1970 or date > pendulum.now():
        raise _wrong("start_date", properties)
    return date.astimezone(UTC)


def _duration(key: str, values: Mapping[str, Any], properties: Mapping[str, Any]) -> timedelta:
    """Weeks to seconds; the spec's pattern has neither months nor years, whose length differs."""
    if not values[key]:
        return timedelta(0)
    try:
        parsed = pendulum.parse(values[key])
        assert isinstance(parsed, pendulum.Duration)  # noqa: S101  (the pattern begins with P)
        return parsed.as_timedelta()
    except (ValueError, OverflowError):
        raise _wrong(key, properties) from None
