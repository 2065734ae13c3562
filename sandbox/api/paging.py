"""Pages and the addresses of their neighbours, in each form the contract leaves open."""

from __future__ import annotations

import base64
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode

import numpy as np

from sandbox.api.query import BadParameterError
from sandbox.data.random_and_time import SECOND, salt, words
from sandbox.options import Options

Pairs = list[tuple[str, str]]


def spans(per_page: int, rows: int, options: Options) -> list[range]:
    """From which row of a list to before which one each page goes; one page even if there is nothing.
    Not rows by size where pages are ragged or empty."""
    edges = [*range(0, max(1, rows), per_page), rows]
    if options.ragged_pages:
        edges = _ragged(per_page, rows)
    pages = [range(*each) for each in pairwise(edges)]
    if options.empty_page_every > 1:
        full = options.empty_page_every - 1
        for place in reversed(range(full, len(pages), full)):
            pages.insert(place, range(0))
    return pages


def _ragged(per_page: int, rows: int) -> list[int]:
    """Where each ragged page begins, and where the last one ends: the same for a page number however
    long the list is."""
    count = 4 * rows // per_page + 100  # a page is half full on average
    sizes = words(np.arange(count), salt("ragged")) % np.uint64(per_page) + np.uint64(1)
    ends = np.cumsum(sizes)
    return [0, *map(int, ends[: np.searchsorted(ends, rows)]), rows]


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
    """`next_page_uri`, if there is a next page.

    The first answer fixes base_timestamp for those that follow, or rows stored meanwhile would
    push others from one page to the next.
    """
    if not any(key == "base_timestamp" for key, _ in pairs):
        pairs = [*pairs, ("base_timestamp", f"{now // SECOND}.{now % SECOND:06d}")]
    return {"next_page_uri": link(page + 1, pairs, url, options)} if page < pages else {}


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
