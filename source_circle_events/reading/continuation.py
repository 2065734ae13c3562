"""How a window goes on behind a page: by a key, "rows after the last one", or by the service's link.

A list moves while it is read, and each row deleted before a page number moves one unread row over it
(measured: 400 of 60,000 lost). A key is at rest. The link says that there is more, and is followed where
a key cannot help: many rows in one instant, rows in another order, a service that ignores
`created_at_gt`, which shows when its list begins before the key.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.window import Window

_MOST_REMEMBERED = 50_000
"""Rows of one instant that are known again when they come twice; 8 MB at the most."""
_MOST_AGAIN = 0.8
"""A key is used where at most this share of a page will be sent again: seconds of nearly a page cost
twice the requests, but by links a row is lost for each one that leaves."""


@dataclass(frozen=True, slots=True)
class Request:
    """The page to ask for: the first one of the list from `key` (or the start of `window`) to the end
    of `window`, or the one in it that `link` names."""

    window: Window
    key: datetime | None = None
    """`created_at_gt`: a unit before the newest row that was read, so that its instant comes again."""
    link: str | None = None
    """The query of the service's link, as it came."""

    @property
    def lower(self) -> datetime:
        """`created_at_gt` of the list; at a window's start as the manifest has it."""
        return self.key or self.window.start - timedelta(seconds=1)


class Continuation:
    """Of one window."""

    def __init__(self, window: Window) -> None:
        self.request = Request(window)
        self.by_key = True
        """False once a key was seen not to help."""
        self._promised: Request | None = None
        """The link behind which a key was used, until that brought a new row."""
        self._followed: set[int] = set()
        self._recent: dict[Hashable, datetime | None] = {}
        """Rows that a next page may bring again."""

    def is_new(self, row: Hashable) -> bool:
        return row not in self._recent

    def refuses(self, page: Page) -> bool:
        """Whether `page` begins before what was asked for. Keys end then; True if the page
        is not to be read, since its list was asked for by a key: the link before it is followed."""
        first = next((at for at in page.created_at if at), None)
        tolerance = timedelta(0) if self.request.key else page.resolution
        if first is None or first >= self.request.lower - tolerance:
            return False
        self.by_key = False
        return self._keeps_promise()

    def start_over(self, window: Window) -> bool:
        """Rows are in no order: what was skipped by a key may not have been read. Whether any was."""
        self.by_key = False
        if not self.request.key:
            return False
        self._followed.clear()
        self.request = Request(window)
        return True

    def remember(self, page: Page, rows: Sequence[Hashable], last: datetime | None) -> None:
        """Keep the rows of `page`, some of which were new, and those before it that a key behind `last`,
        the newest row, would bring again."""
        self._promised = None
        unit = last and last - page.resolution
        kept = {row: at for row, at in self._recent.items() if unit and (at is None or at >= unit)}
        kept |= zip(rows, page.created_at, strict=True)
        for row in list(kept)[: max(0, len(kept) - max(_MOST_REMEMBERED, len(rows)))]:
            del kept[row]
        self._recent = kept

    def go_on(self, page: Page, window: Window, last: datetime | None) -> bool:
        """Decide what to ask behind `page`; False if nothing is left. `last`: the newest row, if the
        page led forward in order."""
        if page.next_query is None:
            return self._keeps_promise()  # more was promised: see what that link has
        linked = replace(self.request, link=page.next_query)
        if last and self.by_key and self._is_worth_it(page, key := last - page.resolution):
            self._promised = linked
            self._followed.clear()
            self.request = Request(window, key)
        else:
            self._follow(linked)
        return True

    def until(self, window: Window) -> None:
        """The window was cut, and with it a list that is not asked for yet."""
        if self.request.link is None:
            self.request = replace(self.request, window=window)

    def _is_worth_it(self, page: Page, key: datetime) -> bool:
        again = sum(at is not None and at >= key for at in self._recent.values())
        return again <= max(2, _MOST_AGAIN * len(page.rows))

    def _keeps_promise(self) -> bool:
        """Follow the link behind which a key was used, if that brought nothing."""
        if not self._promised:
            return False
        promised, self._promised = self._promised, None
        self._follow(promised)
        return True

    def _follow(self, linked: Request) -> None:
        if hash(linked.link) in self._followed:
            raise system_error(
                "Circle's link to the next page leads back to a page that was already read, so the "
                "end of the list cannot be reached. The API misbehaves: please report it to Circle."
            )
        self._followed.add(hash(linked.link))
        self.request = linked
