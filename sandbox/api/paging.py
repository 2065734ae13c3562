"""Pages and the addresses of their neighbours, in each form the contract leaves open."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

import numpy as np

from sandbox.api.query import BadParameterError
from sandbox.data.clock import SECOND
from sandbox.data.rng import salt, words
from sandbox.options import Options

Pairs = list[tuple[str, str]]


class Book:
    """Which page of rows lies under a page number: not the same where pages are empty or repeat."""

    def __init__(self, rows: int, per_page: int, options: Options) -> None:
        self._rows, self._per_page = rows, per_page
        self._ends = _ends(options.seed, per_page, rows) if options.ragged_pages else None
        self._leaves = -(-rows // per_page) if self._ends is None else len(self._ends)
        self._empty, self._repeat = options.empty_page_every, options.repeat_page_every

    def leaf(self, page: int) -> int | None:
        """The page of rows (from 0) under the page number (from 1); None: an empty page."""
        place = page - 1
        if self._empty > 1:
            block, rest = divmod(place, self._empty)
            if rest == self._empty - 1:
                return None
            place = block * (self._empty - 1) + rest
        if self._repeat > 0:
            block, rest = divmod(place, self._repeat + 1)
            place = block * self._repeat + min(rest, self._repeat - 1)
        return place

    def span(self, leaf: int) -> tuple[int, int]:
        """The page of rows goes from this place in the list to before that one."""
        if self._ends is None:
            start, stop = leaf * self._per_page, (leaf + 1) * self._per_page
        else:
            start, stop = ([0, *self._ends] + [self._rows] * 2)[leaf : leaf + 2]
        return min(start, self._rows), min(stop, self._rows)

    @property
    def pages(self) -> int:
        """The last page number; 1 even if there is nothing."""
        last = max(self._leaves, 1) - 1
        if self._repeat > 0:
            last += last // self._repeat
        if self._empty > 1:
            last += last // (self._empty - 1)
        return last + 1


def _ends(seed: int, per_page: int, rows: int) -> list[int]:
    """Where each ragged page ends: the same for a page number however long the list is."""
    key, count = salt(seed, "ragged"), max(1, 2 * rows // per_page)
    while True:
        sizes = words(np.arange(count), key) % np.uint64(per_page) + np.uint64(1)
        ends = np.cumsum(sizes)
        if ends[-1] >= rows:
            return (
                [int(end) for end in ends[: int(np.searchsorted(ends, rows)) + 1]] if rows else []
            )
        count *= 2


def unfold(pairs: Pairs) -> Pairs:
    """The parameters behind an opaque cursor, or those given."""
    cursor = dict(pairs).get("cursor")
    if cursor is None:
        return pairs
    try:
        return parse_qsl(base64.urlsafe_b64decode(cursor).decode(), keep_blank_values=True)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise BadParameterError(f"cursor is invalid: {cursor}") from None


def links(
    page: int,
    pages: int,
    pairs: Iterable[tuple[str, str]],
    *,
    now: int,
    url: str,
    options: Options,
) -> Mapping[str, str]:
    """`next_page_uri` and `previous_page_uri`, each only where there is such a page.

    The first answer fixes base_timestamp for those that follow, or rows stored meanwhile would
    push others from one page to the next.
    """
    rest = [(key, value) for key, value in pairs if key != "page"]
    if not any(key == "base_timestamp" for key, _ in rest):
        rest.append(("base_timestamp", f"{now // SECOND}.{now % SECOND:06d}"))
    neighbours = {"next_page_uri": page + 1, "previous_page_uri": page - 1}
    return {
        key: link([*rest, ("page", str(number))], url, options)
        for key, number in neighbours.items()
        if 1 <= number <= pages and page <= pages
    }


def link(pairs: Pairs, url: str, options: Options) -> str:
    """An address of this endpoint, whose own (without query) is `url`."""
    text = urlencode(pairs)
    if options.link_paging == "cursor":
        text = urlencode({"cursor": base64.urlsafe_b64encode(text.encode()).decode()})
    if options.link_form == "query":
        return f"?{text}"
    if options.link_form == "relative":
        url = "/" + url.partition("://")[2].partition("/")[2]
    return f"{url}?{text}"
