"""What all streams of a sync share: the request budget, the workers, and room for pages.

The service counts requests per account, so what is shared hangs on the account (origin and token) and
not on a stream; the CDK builds each stream's components separately and has no place for it.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from source_circle_events.http.rate_limit import Pace

Result = TypeVar("Result")


class Account:
    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.pace = Pace()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="circle")
        self._busy = 0
        self._lock = threading.Lock()
        # Pages that are read but not yet written; without a bound the CDK's queue would take
        # 10,000 of them, since to it a page is one message.
        self._room = threading.BoundedSemaphore(workers + 2)

    def submit(self, task: Callable[[], Result]) -> Future[Result]:
        with self._lock:
            self._busy += 1
        future = self._pool.submit(task)
        future.add_done_callback(self._done)
        return future

    @property
    def idle(self) -> int:
        """Workers with nothing to do."""
        return max(0, self.workers - self._busy)

    def make_room(self, page: object) -> None:
        """Wait until `page` may be kept in memory; its room is free again when nobody holds it."""
        self._room.acquire()
        weakref.finalize(page, self._room.release)

    def _done(self, _: Future[Result]) -> None:
        with self._lock:
            self._busy -= 1


@lru_cache(maxsize=8)
def account(base_url: str, api_token: str, workers: int) -> Account:  # noqa: ARG001  (the key)
    return Account(workers)
