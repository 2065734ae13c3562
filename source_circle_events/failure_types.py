"""Creates Airbyte's three kinds of errors.

A message says what happened and what to do. It never contains the token or the body of a response. Use
`config_error` only for what the user must change: Airbyte does not retry it.
"""

from __future__ import annotations

from collections.abc import Sequence

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

_RESUME = "Nothing is lost: the next sync continues from the last saved state."


def config_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(message, message, FailureType.config_error)


def transient_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(f"{message} {_RESUME}", message, FailureType.transient_error)


def system_error(message: str) -> AirbyteTracedException:
    """Returns an error that the next sync is likely to meet again."""
    return AirbyteTracedException(message, message, FailureType.system_error)


def combined_failure(failures: Sequence[AirbyteTracedException]) -> AirbyteTracedException:
    """Returns one error with the messages of all streams that failed."""
    messages = " ".join(dict.fromkeys(map(str, failures)))
    kinds = {failure.failure_type for failure in failures}
    kind = kinds.pop() if len(kinds) == 1 else FailureType.system_error
    return AirbyteTracedException(messages, messages, kind)
