"""Validates the config against the spec, before any request.

Patterns, defaults, limits and examples come from the manifest's spec. The CDK's own check is not enough:
it quotes the invalid value, which could be a secret, and names neither the setting nor a valid value.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pendulum
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from jsonschema import Draft7Validator

from source_circle_events import manifest
from source_circle_events.failure_types import config_error

Mode = Literal["keep", "hash", "drop"]

CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far the clocks of two machines may differ before one of them counts as wrong."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""The earliest start of a sync; the bounds of requests may be a few seconds before it."""


@dataclass(frozen=True, slots=True)
class Config:
    """The validated settings that the package uses, with defaults filled in.

    The others are used by the manifest's templates: the paths, `start_date`, `lookback_window`."""

    api_token: str
    base_url: str
    """Without a trailing slash."""
    event_types: frozenset[str]
    tracker_event_types: frozenset[str]
    settling_period: timedelta
    num_workers: int
    personal_data: Mode
    hash_key: str

    @classmethod
    def of(cls, raw: Mapping[str, Any], selected: Collection[str] | None = None) -> Config:
        """Returns the validated `raw`; raises a config_error that names the setting and a valid value.

        `selected`: the streams to read. The event types of other streams are not checked.
        """
        _refuse_unknown_keys(raw)
        values = _validated(cleaned_config(raw), selected)
        settling = pendulum.parse(values["settling_period"])
        assert isinstance(settling, pendulum.Duration)  # noqa: S101  (the spec's pattern)
        return cls(
            api_token=values["api_token"],
            base_url=values["base_url"].rstrip("/"),
            event_types=frozenset(values["event_types"] or ()),
            tracker_event_types=frozenset(values["tracker_event_types"] or ()),
            settling_period=settling.as_timedelta(),
            num_workers=int(values["num_workers"]),
            personal_data=values["personal_data"],
            hash_key=values["hash_key"] or "",
        )


def cleaned_config(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `raw` without empty settings (forms send them) and without spaces around the values."""
    names = manifest.settings()
    given = {k: v.strip() if k in names and isinstance(v, str) else v for k, v in raw.items()}
    return {k: v for k, v in given.items() if k not in names or v not in (None, "")}


def date_of(text: str | None) -> datetime | None:
    """Parses a date, with or without a time, and returns it in UTC; None if it cannot be parsed."""
    try:
        parsed = pendulum.parse(text.strip()) if text and text.strip()[:4].isdigit() else None
        at = parsed.in_timezone("UTC") if isinstance(parsed, pendulum.DateTime) else None
    except (ValueError, OverflowError):
        return None
    return datetime.fromisoformat(at.isoformat()) if at else None  # pendulum's are slow to compare


def _refuse_unknown_keys(raw: Mapping[str, Any]) -> None:
    """Raises a config_error for an unknown key.

    If a misspelt setting were ignored, data that the user wanted to hide or skip would be read. Keys
    that begin with `__` are Airbyte's and are ignored.
    """
    names = {name.replace("_", ""): name for name in manifest.settings()}
    for key in raw:
        if key not in manifest.settings() and not key.startswith("__"):
            letters = re.sub(r"[^a-z]", "", key.lower())
            near = difflib.get_close_matches(letters, names, n=1)
            meant = f'Did you mean "{names[near[0]]}"?' if near else "Remove it."
            raise config_error(f'There is no setting "{key[:50]}". {meant}')


def _validated(given: Mapping[str, Any], selected: Collection[str] | None) -> dict[str, Any]:
    """Returns the value or the default of each setting.

    Checks them against the spec, then by rules that a JSON schema cannot express."""
    properties = manifest.settings()
    given = {key: value for key, value in given.items() if key in properties}
    for stream, parameters in manifest.streams().items():
        if selected is not None and stream not in selected:
            given.pop(parameters.get("names_key", ""), None)
    for error in Draft7Validator({"properties": properties}).iter_errors(given):
        key, *within = error.absolute_path
        if error.validator != "uniqueItems":
            raise _wrong(str(key), error.instance if within else "")
    values: dict[str, Any] = {k: each.get("default") for k, each in properties.items()} | given
    # Not a pattern in the spec: a platform's validation error would quote the token.
    if not re.fullmatch(r"[\x21-\x7e]+", values["api_token"] or ""):
        raise _wrong("api_token")
    if values["start_date"]:
        _check_start(date_of(values["start_date"]))
    if values["personal_data"] == "hash" and not values["hash_key"]:
        raise config_error(
            f'"personal_data" is "hash", which needs a "hash_key". {_rule("hash_key")}'
        )
    if values["personal_data"] == "keep" and values["hash_key"]:
        raise config_error(
            '"hash_key" is set, but "personal_data" is "keep", which hashes nothing. Set '
            '"personal_data" to "hash", or remove "hash_key".'
        )
    return values


def _check_start(start: datetime | None) -> None:
    if not start:
        raise _wrong("start_date")
    if not EARLIEST <= start <= datetime.now(UTC):
        raise config_error(
            f'"start_date" must be between {EARLIEST:%Y-%m-%d} and now, but it is {start:%Y-%m-%d}. '
            "Correct it, or leave it empty to sync all history."
        )


def _wrong(key: str, item: object = "") -> AirbyteTracedException:
    """Returns the error for an invalid value of `key`; `item`: the unknown list item, if any."""
    text = _rule(key)
    if isinstance(item, str) and item:
        near = difflib.get_close_matches(item, manifest.settings()[key]["items"]["enum"], n=1)
        text += f' Not known: "{item[:50]}".' + (f' Did you mean "{near[0]}"?' if near else "")
    return config_error(text)


def _rule(key: str) -> str:
    """Describes the valid values of `key`, with an example and the description from the spec."""
    spec = manifest.settings()[key]
    examples = spec.get("examples", [])
    if spec["type"] == "integer":
        rule = f"a whole number from {spec['minimum']} to {spec['maximum']}"
    elif spec["type"] == "array":
        rule, examples = "a list of names that Circle documents", spec["items"]["enum"]
    elif "enum" in spec:
        rule = "one of " + ", ".join(f'"{choice}"' for choice in spec["enum"])
    else:
        rule = spec["pattern_descriptor"]
    shown = f', for example "{examples[0]}"' if examples else ""
    return f'"{key}" must be {rule}{shown}. {spec["description"]}'
