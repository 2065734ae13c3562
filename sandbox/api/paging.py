"""Pages and the addresses of their neighbours, in each form the contract leaves open."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl, urlencode

import numpy as np

from sandbox.api.query import BadParameterError
from sandbox.data.numbers import SECOND, salt, words
from sandbox.options import Options

Pairs = list[tuple[str, str]]


def place(page: int, per_page: int, rows: int, options: Options) -> tuple[int, int, int]:
    """From which row of a list to before which one the page with this number goes, and the number of
    the last page (1 even if there is nothing): not rows by size where pages are empty or repeat."""
    empty, repeat = options.empty_page_every, options.repeat_page_every
    ends = _ragged(options.seed, per_page, rows) if options.ragged_pages else None
    last = max(1, -(-rows // per_page) if ends is None else len(ends)) - 1
    if repeat > 0:
        last += last // repeat
    if empty > 1:
        last += last // (empty - 1)
    leaf, nothing = page - 1, page - 1 > last
    if empty > 1:
        block, rest = divmod(leaf, empty)
        nothing |= rest == empty - 1
        leaf = block * (empty - 1) + rest
    if repeat > 0:
        block, rest = divmod(leaf, repeat + 1)
        leaf = block * repeat + min(rest, repeat - 1)
    if nothing or not rows:
        return 0, 0, last + 1
    if ends is None:
        return leaf * per_page, min(rows, (leaf + 1) * per_page), last + 1
    return ends[leaf - 1] if leaf else 0, min(rows, ends[leaf]), last + 1


def _ragged(seed: int, per_page: int, rows: int) -> list[int]:
    """Where each ragged page ends: the same for a page number however long the list is."""
    count = 4 * rows // per_page + 100  # a page is half full on average
    sizes = words(np.arange(count), salt(seed, "ragged")) % np.uint64(per_page) + np.uint64(1)
    ends = np.cumsum(sizes)
    return [int(end) for end in ends[: np.searchsorted(ends, rows) + 1]]


def unfold(pairs: Pairs) -> Pairs:
    """The parameters behind an opaque cursor, or those given."""
    cursor = dict(pairs).get("cursor")
    if cursor is None:
        return pairs
    try:
        return parse_qsl(base64.urlsafe_b64decode(cursor).decode(), keep_blank_values=True)
    except ValueError:
        raise BadParameterError(f"cursor is invalid: {cursor}") from None


def links(
    page: int, pages: int, pairs: Pairs, *, url: str, now: int, options: Options
) -> dict[str, str]:
    """`next_page_uri` and `previous_page_uri`, each only where there is such a page.

    The first answer fixes base_timestamp for those that follow, or rows stored meanwhile would
    push others from one page to the next.
    """
    if not any(key == "base_timestamp" for key, _ in pairs):
        pairs = [*pairs, ("base_timestamp", f"{now // SECOND}.{now % SECOND:06d}")]
    neighbours = {"next_page_uri": page + 1, "previous_page_uri": page - 1}
    return {
        key: link(number, pairs, url, options)
        for key, number in neighbours.items()
        if 1 <= number <= pages and page <= pages
    }


def link(page: int, pairs: Pairs, url: str, options: Options) -> str:
    """An address of a page of this endpoint, whose own (without query) is `url`."""
    text = urlencode([*((key, value) for key, value in pairs if key != "page"), ("page", page)])
    if options.link_paging == "cursor":
        text = urlencode({"cursor": base64.urlsafe_b64encode(text.encode()).decode()})
    if options.link_form == "query":
        return f"?{text}"
    if options.link_form == "relative":
        url = "/" + url.partition("://")[2].partition("/")[2]
    return f"{url}?{text}"
