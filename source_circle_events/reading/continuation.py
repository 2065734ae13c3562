"""How a window goes on behind a page: by a key, "rows after the last one", or by the service's link.

A list moves while it is read, and each row deleted before a page number moves one unread row over it
(measured: 400 of 60,000 lost). A key is at rest. The link says that there is more, and is followed where
a key cannot help: many rows in one instant, rows in another order, a service that ignores
`created_at_gt`, which shows when its list begins before the key.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.window import Window

_MOST_REMEMBERED = 50_000
"""Rows of one instant that are known again when they come twice; 8 MB at the most."""
_MOST_AGAIN = 4
"""A key is used where at most one in so many rows of the page will be sent again."""


@dataclass(frozen=True, slots=True)
class Request:
    """The page to ask for: what `link` names, else the rows of `window` from its start or `key` on."""

    window: Window
    key: datetime | None = None
    """`created_at_gt`: a unit before the newest row that was read, so that its instant comes again."""
    link: str | None = None
    """The query of the service's link, as it came."""


class Continuation:
    """Of one window."""

    def __init__(self, window: Window) -> None:
        self.request = Request(window)
        self.by_key = True
        """False once a key was seen not to help."""
        self.list_end = window.end
        """How far the list at hand reaches."""
        self._lower: datetime | None = window.start - timedelta(seconds=1)
        """`created_at_gt` of the list at hand, until its first row shows whether it is honoured."""
        self._promised: tuple[str, datetime] | None = None
        """The link of the page behind which a key was used, until that brought a new row; and how far
        its list reaches."""
        self._keys_used = 0
        self._followed: set[int] = set()
        self._recent: dict[Hashable, datetime | None] = {}
        """Rows that a next page may bring again."""

    def is_new(self, row: Hashable) -> bool:
        return row not in self._recent

    def refuses(self, page: Page) -> bool:
        """Whether the list of `page` begins before what was asked for. Keys end then; True if the page
        is not to be read, since its list was asked for by a key: the link before it is followed."""
        first = next((at for at in page.created_at if at), None)
        if first is None or self._lower is None:
            return False
        asked, self._lower = self._lower, None
        if first >= asked - (timedelta(0) if self._keys_used else page.resolution):
            return False
        self.by_key = False
        if not self._promised:
            return False
        self._keys_used -= 1
        self._follow_promise()
        return True

    def start_over(self, window: Window) -> bool:
        """Rows are in no order: what was skipped by a key may not have been read. Whether any was."""
        self.by_key = False
        if self._keys_used:
            self._followed.clear()
            self.request = Request(window)
        return self._keys_used > 0

    def remember(self, page: Page, rows: Sequence[Hashable], unit: datetime | None) -> None:
        """Keep the rows of `page`, some of which were new, and those before it from `unit` on."""
        self._promised = None
        kept = {row: at for row, at in self._recent.items() if unit and (at is None or at >= unit)}
        kept |= zip(rows, page.created_at, strict=True)
        for row in list(kept)[: max(0, len(kept) - max(_MOST_REMEMBERED, len(rows)))]:
            del kept[row]
        self._recent = kept

    def go_on(self, page: Page, window: Window, last: datetime | None) -> bool:
        """Decide what to ask behind `page`; False if nothing is left. `last`: the newest row, if the
        page led forward in order."""
        if page.next_query is None:
            if not self._promised:
                return False
            self._follow_promise()  # more was promised: see what that link has
        elif last and self.by_key and self._is_worth_it(page, key := last - page.resolution):
            self._promised = page.next_query, self.list_end
            self._followed.clear()
            self._keys_used += 1
            self._lower, self.list_end = key, window.end
            self.request = Request(window, key)
        else:
            self._follow(page.next_query)
        return True

    def until(self, window: Window) -> None:
        """The window was cut."""
        if self.request.link is None:
            self.request = Request(window, self.request.key)

    def _is_worth_it(self, page: Page, key: datetime) -> bool:
        again = sum(at is not None and at >= key for at in self._recent.values())
        return again <= max(2, len(page.rows) // _MOST_AGAIN)

    def _follow_promise(self) -> None:
        assert self._promised is not None  # noqa: S101  (asked before)
        link, self.list_end = self._promised
        self._promised = self._lower = None
        self._follow(link)

    def _follow(self, link: str) -> None:
        if hash(link) in self._followed:
            raise system_error(
                "Circle's link to the next page leads back to a page that was already read, so the "
                "end of the list cannot be reached. The API misbehaves: please report it to Circle."
            )
        self._followed.add(hash(link))
        self.request = Request(self.request.window, self.request.key, link)
