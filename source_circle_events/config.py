"""The config, checked before any request is made.

The CDK's own check is the spec's JSON schema, whose messages ("'x' does not match '^P...'") name
neither the field nor a right value. Unknown keys are tolerated: Airbyte Cloud injects some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from source_circle_events.errors import config_error
from source_circle_events.reading.window import moment, now
from source_circle_events.schemas import catalogue

Mode = Literal["read", "check", "discover"]
MODE_KEY = "__circle_mode"
"""How the source tells its components which command runs; beside the platform's own `__` keys."""

BASE_URL = "https://app.circle.so/data_api/v1"
DEFAULT_WORKERS = 20
MOST_WORKERS = 40
SHORTEST_HASH_KEY = 16

_DURATION = re.compile(
    r"P(?=[0-9T])([0-9]{1,3}W)?([0-9]{1,4}D)?"
    r"(T(?=[0-9])([0-9]{1,5}H)?([0-9]{1,6}M)?([0-9]{1,8}(\.[0-9]+)?S)?)?"
)


@dataclass(frozen=True, slots=True)
class Settings:
    api_token: str
    base_url: str
    settling_period: str
    num_workers: int
    mode: Mode

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Settings:
        """The settings in `config`, or a config_error that names the key and shows a right value."""
        _start_date(config)
        _duration(config, "lookback_window", "P1D")
        _names(config, "event_types", catalogue.event_types())
        _names(config, "tracker_event_types", catalogue.tracker_event_types())
        _personal_data(config)
        return cls(
            api_token=_token(config),
            base_url=_base_url(config),
            settling_period=_duration(config, "settling_period", "PT1M") or "PT1M",
            num_workers=_workers(config),
            mode=config.get(MODE_KEY, "read"),
        )


def _token(config: Mapping[str, Any]) -> str:
    token = config.get("api_token")
    if not isinstance(token, str) or not re.fullmatch(r"\s*[\x21-\x7e]+\s*", token):
        raise config_error(
            '"api_token" must be the token of the Data API as Circle shows it: one word, without '
            'spaces or line breaks inside, and without "Bearer" before it.'
        )
    return token.strip()


def _base_url(config: Mapping[str, Any]) -> str:
    value = config.get("base_url") or BASE_URL
    if isinstance(value, str) and _is_safe(value.strip()):
        return value.strip().rstrip("/")
    raise config_error(
        '"base_url" must be the https address of the Data API, without a query, for example '
        f'"{BASE_URL}". Plain http is accepted for this machine only (127.0.0.1, localhost), since '
        "it would show the API token to everyone on the way."
    )


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or parts.query or parts.fragment or re.search(r"\s", url):
        return False
    loopback = host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host)
    return parts.scheme == "https" or (parts.scheme == "http" and bool(loopback))


def _start_date(config: Mapping[str, Any]) -> None:
    value = config.get("start_date")
    date = moment(value)
    if value not in (None, "") and (date is None or not date.year >= 1970 or date > now()):
        raise config_error(
            '"start_date" must be a date or a date with a time, not in the future, for example '
            '"2025-01-01" or "2025-01-01T00:00:00Z".'
        )


def _duration(config: Mapping[str, Any], key: str, example: str) -> str:
    value = config.get(key)
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise config_error(
            f'"{key}" must be an ISO 8601 duration in weeks, days, hours, minutes and seconds, '
            f'for example "{example}".'
        )
    return value


def _names(config: Mapping[str, Any], key: str, known: Sequence[catalogue.EventType]) -> None:
    value = config.get(key)
    if value is None:
        return
    names = {event_type.name for event_type in known}
    given = value if isinstance(value, list) else [value]
    strange = [name for name in given if not isinstance(name, str) or name not in names]
    strange = strange or given[: not isinstance(value, list)]
    if strange:
        raise config_error(
            f'"{key}" must be a list of names that Circle documents, for example '
            f'["{known[0].name}"]; not known: {", ".join(map(repr, strange[:5]))}.'
        )


def _workers(config: Mapping[str, Any]) -> int:
    value = config.get("num_workers")
    if value is None:
        return DEFAULT_WORKERS
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_WORKERS:
        raise config_error(
            f'"num_workers" must be a whole number from 1 to {MOST_WORKERS}, for example 10.'
        )
    return value


def _personal_data(config: Mapping[str, Any]) -> None:
    mode = config.get("personal_data") or "keep"
    if mode not in ("keep", "hash", "drop"):
        raise config_error('"personal_data" must be "keep", "hash" or "drop".')
    key = config.get("hash_key")
    if mode == "hash" and (not isinstance(key, str) or len(key) < SHORTEST_HASH_KEY):
        raise config_error(
            f'"hash_key" must be a secret of at least {SHORTEST_HASH_KEY} characters when '
            '"personal_data" is "hash", for example one that a password manager made: with a short '
            "one, the hashes could be guessed back."
        )
