"""Keys of a config that are no settings: told with the nearest name, or refused.

A misspelt setting does not do what it was meant to: `"personal_dat": "drop"` would send every e-mail
address, and the sync would be green.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from source_circle_events.errors import config_error, printable

_PROTECTING = re.compile("personal|hash|salt|priva|anonym|mask|redact|pii|gdpr")


def refuse_protecting(raw: Mapping[str, Any], settings: Collection[str]) -> None:
    """Raise a config_error for a key, also one inside of another, that looks as if it was meant to
    protect people."""
    for key, meant in _unknown(raw, settings):
        keys = re.findall(r'"([^"]*)": ', json.dumps({key: raw[key]}))
        inside = [name for name in keys if _PROTECTING.search(_letters(name))]
        if meant in ("personal_data", "hash_key") or inside:
            where = key if not inside or key in inside else f"{key}.{inside[0]}"
            likely = "hash_key" if "hash" in where.lower() else "personal_data"
            raise config_error(
                f'There is no setting "{where[:50]}". Did you mean "{likely}"? Nothing is read until '
                "this is clear, since it looks like one that protects people: correct it or take it out."
            )


def unknown_settings(raw: Mapping[str, Any], settings: Collection[str]) -> list[str]:
    """A sentence for each."""
    return [
        printable(f'There is no setting "{key[:50]}", so it is ignored.')
        + (f' Did you mean "{meant}"?' if meant else "")
        for key, meant in _unknown(raw, settings)
    ]


def _unknown(raw: Mapping[str, Any], settings: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each, with the setting it is nearest to. Those that begin with `__` are the platform's."""
    names = {_letters(setting): setting for setting in settings}
    for key in raw:
        if key not in settings and not key.startswith("__"):
            near = difflib.get_close_matches(_letters(key), names, n=1)
            yield key, names[near[0]] if near else ""


def _letters(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())
