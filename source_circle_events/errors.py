"""What a user is told when a sync ends early: what happened, what it means, what to do.

One place, so that the README's troubleshooting section can list every message. `config_error` only
where the user can mend it; the token and the body of an answer are in none of them.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from airbyte_cdk.models import AirbyteErrorTraceMessage, FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import manifest

RESUME = "Nothing is lost: the next sync goes on from the last saved state."


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


def wrong_setting(key: str, name: object = "") -> AirbyteTracedException:
    """The config_error for setting `key`; `name` is the one of its list that is none."""
    sentence = setting_sentence(key)
    if isinstance(name, str) and name:
        near = difflib.get_close_matches(name, manifest.settings()[key]["items"]["enum"], n=1)
        sentence += f' Not known: "{name[:50]}".' + (f' Did you mean "{near[0]}"?' if near else "")
    return config_error(sentence)


def setting_sentence(key: str) -> str:
    """What `key` must be, in the words of the spec."""
    word = manifest.settings()[key]
    examples = word.get("examples", [])
    if word["type"] == "integer":
        rule = f"a whole number from {word['minimum']} to {word['maximum']}"
    elif word["type"] == "array":
        rule, examples = "a list of names that Circle documents", word["items"]["enum"]
    elif "enum" in word:
        rule = "one of " + ", ".join(f'"{choice}"' for choice in word["enum"])
    else:
        rule = word["pattern_descriptor"]
    shown = f', for example "{examples[0]}"' if examples else ""
    return f'"{key}" must be {rule}{shown}. {word["description"]}'


def combined_failure(failures: Sequence[AirbyteErrorTraceMessage]) -> AirbyteTracedException | None:
    """The failures of the streams as one; the CDK calls any such sum a config_error and quotes the
    streams' exceptions in Python's words."""
    if not failures:
        return None
    messages = " ".join(dict.fromkeys(failure.message for failure in failures))
    kinds = {failure.failure_type for failure in failures}
    kind = kinds.pop() if len(kinds) == 1 else FailureType.system_error
    return AirbyteTracedException(messages, messages, kind or FailureType.system_error)
