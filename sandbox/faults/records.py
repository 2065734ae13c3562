"""Records that are not as they should be: one row in so many, always the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sandbox.data.rng import Ints

Record = dict[str, object]


def _big_numbers(record: Record) -> None:
    record["sequence"] = 2**64 + 12345
    record["ratio"] = 12345678901234567890.123456789
    record["payload"] = {"type": "BigNumber", "id": -(2**70)}


def _unicode(record: Record) -> None:
    # a null character, a lone surrogate (escaped), beyond the first plane, right to left, a
    # combining accent, line separators
    text = "\x00 \ud800 😀 مرحبا é \u2028\u2029 \ufeff"
    record["name"] = record.get("name") or ""
    record["payload"] = {"type": "Space", "id": 1, "name": text, "slug": "odd"}


KINDS: Mapping[str, Callable[[Record], object]] = {
    "no_id": lambda record: record.pop("id"),
    "null_id": lambda record: record.update(id=None),
    "no_created_at": lambda record: record.pop("created_at"),
    "null_created_at": lambda record: record.update(created_at=None),
    "bad_created_at": lambda record: record.update(created_at="yesterday"),
    "far_future": lambda record: record.update(created_at="9999-12-31T23:59:59Z"),
    "null_payload": lambda record: record.update(payload=None),
    "unknown_name": lambda record: record.update(name="quests.finished"),
    "big_numbers": _big_numbers,
    "odd_unicode": _unicode,
    "not_an_object": lambda record: record.clear(),
}


@dataclass(frozen=True)
class Odd:
    """`KIND[,every=N][,first=N]`: the rows `first`, `first` + `every`, ... by row number."""

    kind: str
    every: int = 1000
    first: int = 0

    @classmethod
    def parse(cls, text: str) -> Odd:
        kind, *rest = text.split(",")
        if kind not in KINDS:
            raise ValueError(f"odd: {kind!r} is none of {', '.join(KINDS)}")
        try:
            odd = cls(
                kind, **{key: int(value) for key, _, value in (p.partition("=") for p in rest)}
            )
        except (TypeError, ValueError):
            raise ValueError(f"odd: KIND[,every=N][,first=N] is needed, not {text!r}") from None
        if odd.every < 1:
            raise ValueError(f"odd: every={odd.every} is no step")
        return odd

    def places(self, numbers: Ints) -> Ints:
        """Where in `numbers` the odd rows are."""
        hit = (numbers >= self.first) & ((numbers - self.first) % self.every == 0)
        return np.flatnonzero(hit)

    def spoil(self, parts: list[bytes], numbers: Ints) -> None:
        """Change the odd ones among rendered records (two parts each)."""
        for place in self.places(numbers).tolist():
            record: Record = json.loads((parts[2 * place] + parts[2 * place + 1])[1:])
            if not isinstance(record, dict):
                continue  # another odd kind met this row before
            KINDS[self.kind](record)
            text = json.dumps(record) if record else '"a text where a record should be"'
            parts[2 * place], parts[2 * place + 1] = b",", text.encode()
