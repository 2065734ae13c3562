"""How long a command waits for one page, and how often it asks for it."""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import dataclass

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_before_delay,
)

logger = logging.getLogger("airbyte.circle")


class TryAgainError(Exception):
    """This answer is no page, another may be. The text is for the log and, if it stays so, for the
    user."""

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait
        """Seconds the service asks to wait at least."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a command waits for one page; all in seconds but `tries`."""

    tries: int
    in_all: float
    """No try begins later than this after the first one, whatever 429s and Retry-After ask for."""
    connect: float
    read: float
    """Between two packets."""
    whole: float
    """One answer, to its last byte: a service that trickles would hold a sync for ever."""
    first_wait: float = 1.0
    """Before the second try; doubled before each that follows, jittered."""

    def retrying(self, closed: threading.Event) -> Retrying:
        """Calls a function again while it raises TryAgainError; `closed` ends a wait at once."""
        return Retrying(
            retry=retry_if_exception_type(TryAgainError),
            wait=self._wait,
            stop=stop_after_attempt(self.tries) | stop_before_delay(self.in_all),
            sleep=sleep_using_event(closed),
            before_sleep=self._log,
            reraise=True,
        )

    def _wait(self, state: RetryCallState) -> float:
        own = min(self.first_wait * 2.0 ** (state.attempt_number - 1), 30.0)
        return max(own * random.uniform(0.8, 1.2), _error(state).wait)  # noqa: S311

    def _log(self, state: RetryCallState) -> None:
        tries = f"{state.attempt_number} of {self.tries - 1}"
        logger.info(f"{_error(state)} Trying again in {state.upcoming_sleep:.0f} s ({tries}).")


def _error(state: RetryCallState) -> TryAgainError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, TryAgainError)  # noqa: S101  (nothing else is tried again)
    return error


SYNC = RetryPolicy(tries=7, in_all=540, connect=10, read=60, whole=240)
"""A service that is away for longer ends the sync, which the platform then tries again by itself. All
together is far below `maxSecondsBetweenMessages` in metadata.yaml, the silence that the platform
kills at."""
COMMAND = RetryPolicy(tries=5, in_all=20, connect=3, read=10, whole=20)
"""check, discover and the probe, before which a person sits."""
