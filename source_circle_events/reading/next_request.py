"""Decides what to request after a page: the records after a key, or the page that a link names.

A key is a `created_at_gt` just before the last record read; a link is a `next_page_uri`, with a page
number. Lists change during a sync: with page numbers, each deleted record moves an unread one to
a page that was already read (measured: 400 of 60,000 lost). Keys avoid this. Links are followed where a
key cannot work: many records at one instant, another order, or a service that ignores `created_at_gt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from source_circle_events.failure_types import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.window import Window

_MAX_REMEMBERED = 50_000
"""Records that are kept in memory, to recognise repeated ones; at most 8 MB."""
_MAX_SHARE_REPEATED = 0.8
"""If a larger share of the next page would be repeated records, the link is followed. It is large: keys
can double the requests of a busy second, but with links each deleted record can hide another one."""


@dataclass(frozen=True, slots=True)
class Request:
    """A page to request: the first records after `key` (or the start of `window`) up to the end of
    `window`, or the page that `link` names."""

    window: Window
    key: datetime | None = None
    """The `created_at_gt`: the time of the newest record minus one `Page.resolution`. So the page begins
    with the records of that time, and none of them is missed."""
    link: str | None = None
    """The query of the page's `next_page_uri`, unchanged."""

    @property
    def lower(self) -> datetime:
        """The requested `created_at_gt`: the key; without one, a second before the window."""
        return self.key or self.window.start - timedelta(seconds=1)


class Continuation:
    """Chooses the next request of one window. Records are compared by a hash of their bytes."""

    def __init__(self, window: Window) -> None:
        self.request = Request(window)
        self._skipped_link: Request | None = None
        """The link to the next page, while a key is tried in its place; followed if the key fails."""
        self._followed: set[str] = set()
        self._recent: dict[int, datetime | None] = {}
        """Hash and `created_at` of the records that the next page may repeat."""

    def is_new(self, record: int) -> bool:
        return record not in self._recent

    def use_links(self, window: Window, *, ignored: bool) -> None:
        """Stops using keys. If Circle ignored the key, continues with the link that was skipped for it.
        Otherwise reads `window` from its start, because a key may have left out records."""
        skipped = self._skipped_link if ignored else None
        self.request, self._skipped_link = skipped or Request(window), None
        self._followed.clear()

    def remember(self, page: Page, records: Sequence[int], last: datetime | None) -> None:
        """Stores the records that the next page may repeat: those of `page`, and those close to `last`.

        `last`: the time of the newest record; None if records are in no order: then all are stored.
        """
        self._skipped_link = None
        since = last and last - page.resolution
        near = [(row, at) for row, at in self._recent.items() if not (at and since and at < since)]
        both = [*near, *zip(records, page.created_at, strict=True)]
        self._recent = dict(both[-_MAX_REMEMBERED:])

    def go_on(self, page: Page, window: Window, last: datetime | None) -> bool:
        """Chooses the request after `page`; returns False if nothing is left.

        `last`: the time of the newest record, to make a key of it; None if no key can be used.
        """
        if page.next_query is not None:
            linked = replace(self.request, link=page.next_query)
            if last and self._repeats_little(page, key := last - page.resolution):
                self.request, self._skipped_link = Request(window, key), linked
            elif page.next_query in self._followed:
                raise system_error(
                    "Circle's link to the next page leads back to a page that was already read, so the "
                    "end of the list cannot be reached. The API misbehaves: please report it to Circle."
                )
            else:
                self._followed.add(page.next_query)
                self.request = linked
        elif self._skipped_link:
            self.request, self._skipped_link = self._skipped_link, None
        else:
            return False
        return True

    def _repeats_little(self, page: Page, key: datetime) -> bool:
        again = sum(at is not None and at >= key for at in self._recent.values())
        return again <= max(2, _MAX_SHARE_REPEATED * len(page.rows))
