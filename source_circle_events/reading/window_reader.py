"""Reads one window from its first page to its last: what each page proves, and what to ask next.

Nothing the service was asked for is taken for granted: not the order, not the bounds, not that a link
leads forward. What is concluded (the window is done, may be split, may be checkpointed) is concluded
from the rows themselves.

The next page is asked for by key, "rows after the last one", and not by the link with its page number:
a list moves while it is read, and each row deleted before a page number moves one unread row over it
(measured: 400 of 60,000 lost). The link says that there is more, and is followed where a key cannot
help: many rows in one instant, rows in another order, a service that ignores `created_at_gt`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from source_circle_events.errors import system_error
from source_circle_events.http.page import Page
from source_circle_events.reading.window import Window

_MOST_REPEATED_PAGES = 10
_MOST_EMPTY_PAGES = 10_000
_MOST_REMEMBERED = 50_000
"""Rows of one instant that are known again when they come twice; 8 MB at the most."""
_MOST_AGAIN = 4
"""A key is used where at most one in so many rows of the page will be sent again."""
_SHORTEST = timedelta(seconds=4)
"""Not split below this: each window asks for a second too much at its start, five at its end."""


@dataclass(frozen=True, slots=True)
class Request:
    """The page to ask for: what `link` names, else the rows of `window` from its start or `key` on."""

    window: Window
    key: datetime | None = None
    """`created_at_gt`: a unit before the newest row that was read, so that its instant comes again."""
    link: str | None = None
    """The query of the service's link, as it came."""


class WindowReader:
    def __init__(self, window: Window, density: float = 0.0) -> None:
        """`density`: pages a second of history, where this window was cut off."""
        self.window = window
        self.done = False
        self.pages = 0
        self.by_key = True
        """False once the service was seen to ignore `created_at_gt`."""
        self.saved = window.start
        """Up to here, all rows are out and the state may say so."""
        self.newest: datetime | None = None
        """The newest row that is out and not yet in the state."""
        self.request = Request(window)
        self._density = density
        self._ordered: bool | None = None
        """Whether pages come oldest first; None while all rows seen are of one instant."""
        self._first: datetime | None = None
        self._last: datetime | None = None
        """The newest row seen that is not beyond the window."""
        self._span = timedelta(0)
        self._beyond = 0
        """Rows at the end of what was read that lie beyond the window: one may be out of shape."""
        self._recent: dict[Hashable, datetime | None] = {}
        """Rows that a next page may bring again."""
        self._lower: datetime | None = window.start - timedelta(seconds=1)
        """`created_at_gt` of the list at hand, until its first row shows whether it is honoured."""
        self._promised: tuple[str, datetime] | None = None
        """The link of the page behind which a key was used, until that brought a new row; and how far
        its list reaches."""
        self._list_end = window.end
        """How far the list reaches whose links are followed."""
        self._hops = 0
        """Keys that were used."""
        self._followed: set[int] = set()
        self._pages_without_new_rows = 0

    def take(self, page: Page) -> list[int]:
        """Which rows of `page` are the window's own and new; decides what to ask next."""
        self.pages += 1
        if self._starts_too_early(page):
            self.by_key = False
            if self._promised:
                self._hops -= 1
                self._ask_promised(*self._promised)
                return []
        rows = _identities(page)
        new = [i for i, row in enumerate(rows) if row not in self._recent]
        moments = [at for i in new if (at := page.created_at[i])]
        self._count_barren(new=bool(new), empty=not rows)
        forward = self._check_order(page, moments)
        if self._ordered is False and self.by_key:
            self.by_key = False
            if self._hops:  # what was skipped by a key may not have been read
                self._followed.clear()
                self.request = Request(self.window)
                return []
        mine = [i for i in new if (at := page.created_at[i]) is None or self.window.holds(at)]
        dated = [at for i in mine if (at := page.created_at[i])]
        self.newest = max([*dated, *([self.newest] if self.newest else [])], default=None)
        if new:
            self._promised = None
            self._remember(page, rows)
        self._go_on(page, forward=forward)
        return mine

    def cut(self, end: datetime) -> None:
        """Read up to `end` only, if that is before the window's end."""
        if end < self.window.end:
            self.window = self.window.until(max(end, self.window.start))
            self.done = self.done or self.window.end <= self.window.start

    def takes_over(self, window: Window) -> bool:
        """Read `window` too, if it follows and the list at hand reaches its end."""
        if self.by_key or self.window.end != window.start:
            return False
        if self._list_end < window.end or self._beyond:  # rows of it were passed over already
            return False
        self.window = self.window.until(window.end)
        return True

    @property
    def ordered(self) -> bool:
        """Rows were seen to come oldest first, so that what lies behind the last one is known."""
        return self._ordered is True

    def pages_left(self) -> float:
        """An estimate from the last page's density; 0 where it may not be split."""
        if self.done or not self.ordered or self._last is None or not self.by_key:
            return 0
        left = self.window.end - self._last
        if left < _SHORTEST or self._last <= self.window.start:
            return 0
        return left / self._span if self._span else float("inf")

    def pages_expected(self) -> float:
        """The same for people, by the density of all its pages: the last one's changes with the hour of
        the day. Infinite if nothing can be said."""
        if self._ordered is False:
            return float("inf")
        left = self.window.end - (self._last or self.window.start)
        return max(0.0, left.total_seconds()) * self._density

    def split(self, parts: int) -> list[WindowReader]:
        """Keep the first of `parts` equal parts of what is left; readers of the others."""
        assert self._last is not None  # noqa: S101  (pages_left() said so)
        mine, *others = self.window.after(self._last).split(parts)
        self.window = self.window.until(mine.end)
        if self.request.link is None:
            self.request = Request(self.window, self.request.key)
        return [WindowReader(window, self._density) for window in others]

    def checkpoint(self) -> tuple[Window, datetime | None] | None:
        """What is complete since the last checkpoint and its newest row; None if nothing is. A window
        that is not done is complete to just before its last row: more of that instant may follow."""
        complete = self.window.after(self.saved)
        if not self.done:
            if not self.ordered or self._last is None:
                return None
            complete = complete.before(self._last)
        if complete.end <= complete.start:
            return None
        self.saved = complete.end
        return complete, self.newest and min(self.newest, complete.end)

    def _starts_too_early(self, page: Page) -> bool:
        """The service ignores `created_at_gt`: its list begins before what was asked for."""
        first = next((at for at in page.created_at if at), None)
        if first is None or self._lower is None:
            return False
        asked, self._lower = self._lower, None
        return first < asked - (timedelta(0) if self._hops else page.resolution)

    def _check_order(self, page: Page, moments: Sequence[datetime]) -> bool:
        """Note where the rows lie; whether they lead forward."""
        inside = [at for at in moments if self.window.start <= at <= self.window.end]
        for at in moments:
            self._beyond = self._beyond + 1 if at > self.window.end else 0
        seen = inside or moments
        if not seen:
            return False
        last = self._last or seen[0]
        jumbled = _descends(seen)
        newest = max(at for at in page.created_at if at)
        back = self.request.link is not None and newest < last
        if (jumbled or back) and self.saved == self.window.start:
            self._ordered = False
        elif jumbled and self._ordered:
            raise system_error(
                "Circle sent records in another order than asked for (oldest first), in the middle "
                "of a list, so that none can be known to be complete. Please report it to Circle."
            )
        elif self._ordered is None and moments[0] >= (self._last or moments[0]):
            self._ordered = True if last < seen[-1] or _ascends(moments) else None
        if not inside:
            return False
        forward = self._last is None or max(inside) > self._last
        self._first = min(inside[0], self._first or inside[0])
        self._last = max(*inside, self._last or inside[0])
        self._span = max(timedelta(0), inside[-1] - inside[0])
        if self._last > self._first:
            self._density = self.pages / (self._last - self._first).total_seconds()
        return forward and self._ordered is True

    def _go_on(self, page: Page, *, forward: bool) -> None:
        if self.ordered and self._beyond > 1:
            self.done = True
        elif page.next_query is None:
            if self._promised:  # more was promised: see what that link has
                self._ask_promised(*self._promised)
            else:
                self.done = True
        elif forward and self.by_key and (key := self._key(page)):
            self._promised = page.next_query, self._list_end
            self._followed.clear()
            self._hops += 1
            self._lower, self._list_end = key, self.window.end
            self.request = Request(self.window, key)
        else:
            self._ask_link(page.next_query)

    def _key(self, page: Page) -> datetime | None:
        """A unit before the newest row, unless too many rows would come again."""
        assert self._last is not None  # noqa: S101  (the page led forward)
        key = self._last - page.resolution
        again = sum(at is not None and at >= key for at in self._recent.values())
        return key if again <= max(2, len(page.rows) // _MOST_AGAIN) else None

    def _ask_promised(self, link: str, list_end: datetime) -> None:
        self._promised, self._list_end, self._lower = None, list_end, None
        self._ask_link(link)

    def _ask_link(self, link: str) -> None:
        if hash(link) in self._followed:
            raise system_error(
                "Circle's link to the next page leads back to a page that was already read, so the "
                "end of the list cannot be reached. The API misbehaves: please report it to Circle."
            )
        self._followed.add(hash(link))
        self.request = Request(self.window, self.request.key, link)

    def _remember(self, page: Page, rows: Sequence[Hashable]) -> None:
        """Keep the rows that a next page may bring again: all of this one, and those of its last
        instant that came before."""
        unit = self._last - page.resolution if self._last and self._ordered is not False else None
        kept = {row: at for row, at in self._recent.items() if unit and (at is None or at >= unit)}
        kept |= zip(rows, page.created_at, strict=True)
        for row in list(kept)[: max(0, len(kept) - max(_MOST_REMEMBERED, len(rows)))]:
            del kept[row]
        self._recent = kept

    def _count_barren(self, *, new: bool, empty: bool) -> None:
        self._pages_without_new_rows = 0 if new else self._pages_without_new_rows + 1
        if self._pages_without_new_rows > (_MOST_EMPTY_PAGES if empty else _MOST_REPEATED_PAGES):
            raise system_error(
                f"Circle sent {self._pages_without_new_rows} pages in a row with nothing new on "
                "them. The API misbehaves: please report it to Circle."
            )


def _descends(moments: Sequence[datetime]) -> bool:
    return any(a > b for a, b in pairwise(moments))


def _ascends(moments: Sequence[datetime]) -> bool:
    return moments[0] < moments[-1] and not _descends(moments)


def _identities(page: Page) -> list[Hashable]:
    """What tells rows apart: `id`, or all of a row that has none."""
    return [
        row if identity is None else identity
        for identity, row in zip(page.ids, page.rows, strict=True)
    ]
