"""What a user is told when a sync ends early: what happened, what it means, what to do.

One place, so that the README's troubleshooting section can list every message. `config_error` only
where the user can mend it; the token and the body of an answer are in none of them.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airbyte_cdk.models import AirbyteErrorTraceMessage, FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest

RESUME = "Nothing is lost: the next sync goes on from the last saved state."

_REASONS = {
    "api_token": "Copy it as Circle shows it: one word, without spaces inside and without "
    '"Bearer" before it.',
    "base_url": "Plain http is accepted for this machine only (127.0.0.1, localhost), since it would "
    "show the API token to everyone on the way.",
    "hash_key": "With a short one, the hashes could be guessed back.",
    "start_date": "It must not lie in the future.",
    "events_path": "It is the last part of the address, after the base URL.",
}
"""Why a setting must be so, where its sentence does not say it."""
_PROTECTING = re.compile("personal|hash|salt|priva|anonym|mask|redact|pii|gdpr")


def config_error(message: str) -> AirbyteTracedException:
    message = printable(message)
    return AirbyteTracedException(message, message, FailureType.config_error)


def transient_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(f"{message} {RESUME}", message, FailureType.transient_error)


def system_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(f"{message} {RESUME}", message, FailureType.system_error)


def printable(text: str) -> str:
    """`text`, which may quote a user, without halves of surrogate pairs: they are in no UTF-8, so that
    the CDK could not write the message."""
    return text.encode("utf-8", "backslashreplace").decode()


def settings() -> Mapping[str, Any]:
    """The properties of the spec: setting -> its JSON schema, with the words that users read."""
    spec = manifest.loaded_with_components()["spec"]["connection_specification"]
    return dict(spec["properties"])


def wrong_setting(key: str, name: object = "") -> AirbyteTracedException:
    """The config_error for setting `key`; `name` is the one of its list that is none."""
    sentence = setting_sentence(key)
    if isinstance(name, str) and name:
        near = difflib.get_close_matches(name, settings()[key]["items"]["enum"], n=1)
        sentence += f' Not known: "{name[:50]}".' + (f' Did you mean "{near[0]}"?' if near else "")
    return config_error(sentence)


def setting_sentence(key: str) -> str:
    """What `key` must be, in the words of the spec."""
    word = settings()[key]
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


def unknown_settings(raw: Mapping[str, Any]) -> list[str]:
    """A sentence for each key that is no setting; those that begin with `__` are the platform's."""
    return [
        printable(f'There is no setting "{key[:50]}", so it is ignored.')
        + (f' Did you mean "{meant}"?' if meant else "")
        for key, meant in _unknown(raw)
    ]


def refuse_misspelt_protection(raw: Mapping[str, Any]) -> None:
    """Raise a config_error for an unknown key, also one within another, that looks as if it was meant
    to protect people: it would send what it was meant to hide."""
    for key, meant in _unknown(raw):
        keys = re.findall(r'"([^"]*)": ', json.dumps({key: raw[key]}))  # also those within
        found = [name for name in keys if _PROTECTING.search(_letters(name))]
        if found or meant in ("personal_data", "hash_key"):
            where = key if not found or key in found else f"{key}.{found[0]}"
            likely = "hash_key" if "hash" in _letters(where) else "personal_data"
            raise config_error(
                f'There is no setting "{where[:50]}". Did you mean "{likely}"? Nothing is read until '
                "this is clear, since it looks like a setting that protects people."
            )


def _unknown(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each key that is no setting and none of the platform's, and the setting it is nearest to."""
    names = {_letters(name): name for name in settings()}
    for key in raw:
        if key not in settings() and not key.startswith("__"):
            near = difflib.get_close_matches(_letters(key), names, n=1)
            yield key, names[near[0]] if near else ""


def _letters(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


def combined_failure(failures: Sequence[AirbyteErrorTraceMessage]) -> AirbyteTracedException | None:
    """The failures of the streams as one; the CDK calls any such sum a config_error and quotes the
    streams' exceptions in Python's words."""
    if not failures:
        return None
    messages = " ".join(dict.fromkeys(failure.message for failure in failures))
    kinds = {failure.failure_type for failure in failures}
    kind = kinds.pop() if len(kinds) == 1 else FailureType.system_error
    return AirbyteTracedException(messages, messages, kind or FailureType.system_error)
