"""Decides what to request after a page: records after a key, or the service's link.

A list changes while it is read. With page numbers, each record that is deleted before a page moves one
unread record onto a page that was already read (measured: 400 of 60,000 lost). A key, "records created
after the last one", does not move. The link says that there is more. It is followed where a key cannot
help: many records of one instant, another order, a service that ignores `created_at_gt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.window import Window

_MAX_REMEMBERED = 50_000
"""Records that are recognised when the service sends them again; at most 8 MB."""
_MAX_SHARE_REPEATED = 0.8
"""A key is used only if at most this share of the next page repeats records. A second that nearly
fills a page then costs twice the requests; with links, each deleted record would hide another."""


@dataclass(frozen=True, slots=True)
class Request:
    """A page to request: the first one after `key` (or after the start of `window`) up to the end of
    `window`, or the one that `link` names."""

    window: Window
    key: datetime | None = None
    """`created_at_gt`: one unit before the newest record, so that its instant is sent again."""
    link: str | None = None
    """The query of the service's link, unchanged."""

    @property
    def lower(self) -> datetime:
        """The lower bound of the list; at the start of a window the one of the manifest."""
        return self.key or self.window.start - timedelta(seconds=1)

    @property
    def is_continued(self) -> bool:
        return bool(self.key or self.link)


class Continuation:
    """The requests of one window, one after the other. Records are known by a hash of their bytes."""

    def __init__(self, window: Window) -> None:
        self.request = Request(window)
        self.by_key = True
        """False after the service was seen to ignore the key or the order."""
        self._skipped_link: Request | None = None
        """The link that was left for a key, until the key brings a new record."""
        self._followed: set[int] = set()
        self._recent: dict[int, datetime | None] = {}
        """Records that the next page may bring again."""

    def is_new(self, record: int) -> bool:
        return record not in self._recent

    def refuses(self, page: Page) -> bool:
        """Stops using keys if `page` begins before the requested key.

        Returns True if `page` must be ignored, because the skipped link is requested instead.
        """
        first = next((at for at in page.created_at if at), None)
        tolerance = timedelta(0) if self.request.key else page.resolution
        if first is None or first >= self.request.lower - tolerance:
            return False
        self.by_key = False
        return self._follow_skipped_link()

    def start_over(self, window: Window) -> None:
        """Reads `window` by links: its records are in no order, and a key may have skipped some."""
        self.by_key = False
        self._skipped_link = None
        self._followed.clear()
        self.request = Request(window)

    def remember(self, page: Page, records: Sequence[int], last: datetime | None) -> None:
        """Remembers the records of `page`, and earlier ones that a key behind `last` brings again."""
        self._skipped_link = None
        unit = last and last - page.resolution
        kept = {row: at for row, at in self._recent.items() if unit and (at is None or at >= unit)}
        kept |= zip(records, page.created_at, strict=True)
        for row in list(kept)[: max(0, len(kept) - max(_MAX_REMEMBERED, len(records)))]:
            del kept[row]
        self._recent = kept

    def forget(self) -> None:
        """Frees the memory: the window is complete."""
        self._recent = {}

    def go_on(self, page: Page, window: Window, last: datetime | None) -> bool:
        """Chooses the request after `page`; returns False if nothing is left.

        `last`: the newest record, if the page led forward in order.
        """
        if page.next_query is None:
            return self._follow_skipped_link()
        linked = replace(self.request, link=page.next_query)
        if last and self.by_key and self._repeats_little(page, key := last - page.resolution):
            self._skipped_link = linked
            self._followed.clear()
            self.request = Request(window, key)
        else:
            self._follow(linked)
        return True

    def shorten(self, window: Window) -> None:
        """Requests up to the end of `window` from now on, unless a link of a longer list is followed."""
        if self.request.link is None:
            self.request = replace(self.request, window=window)

    def _repeats_little(self, page: Page, key: datetime) -> bool:
        again = sum(at is not None and at >= key for at in self._recent.values())
        return again <= max(2, _MAX_SHARE_REPEATED * len(page.rows))

    def _follow_skipped_link(self) -> bool:
        """Follows the link that was skipped for a key, if the key brought nothing new."""
        if not self._skipped_link:
            return False
        skipped, self._skipped_link = self._skipped_link, None
        self._follow(skipped)
        return True

    def _follow(self, linked: Request) -> None:
        if hash(linked.link) in self._followed:
            raise system_error(
                "Circle's link to the next page leads back to a page that was already read, so the "
                "end of the list cannot be reached. The API misbehaves: please report it to Circle."
            )
        self._followed.add(hash(linked.link))
        self.request = linked
