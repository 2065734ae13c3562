"""What a user is told when a sync ends early: what happened, what it means, what to do.

One place, so that the README's troubleshooting section can list every message. `config_error` only
where the user can mend it; the token and the body of an answer are in none of them.
"""

from __future__ import annotations

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

RESUME = "Nothing is lost: the next sync goes on from the last saved state."


def config_error(message: str) -> AirbyteTracedException:
    message = printable(message)
    return AirbyteTracedException(message, message, FailureType.config_error)


def transient_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(f"{message} {RESUME}", message, FailureType.transient_error)


def system_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(f"{message} {RESUME}", message, FailureType.system_error)


def printable(text: str) -> str:
    """`text` that may quote what a user gave, without halves of surrogate pairs: as they are in no
    UTF-8, the CDK could not write the message and would fall into a traceback."""
    return text.encode("utf-8", "backslashreplace").decode()
