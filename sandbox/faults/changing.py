"""A list that does not stand still: rows that vanish, and rows that appear, while it is read.

Page numbers count rows from the start of the list. A row that vanishes there pulls the others up, and
one is skipped; a row that appears pushes them down, and one comes twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.data.rng import Ints, salt, shares


@dataclass(frozen=True)
class Share:
    """`SHARE[,after=N]`: that share of the rows, from the stream's answer number N on."""

    share: float = 0.0
    after: int = 0

    @classmethod
    def parse(cls, option: str, text: str | None) -> Share:
        if text is None:
            return cls()
        share, *rest = text.split(",")
        try:
            made = cls(float(share), **{k: int(v) for k, _, v in (p.partition("=") for p in rest)})
        except (TypeError, ValueError):
            raise ValueError(f"{option}: SHARE[,after=N] is needed, not {text!r}") from None
        if not 0 <= made.share <= 1 or made.after < 0:
            raise ValueError(f"{option}: a share from 0 to 1 is needed, not {text!r}")
        return made


class Changing:
    """What has become of one stream's rows by now, by row number.

    Each answer with rows is followed by changes among these rows and as far again on either side.
    """

    def __init__(self, seed: int, stream: str, delete: Share, surface: Share) -> None:
        self.delete, self.surface = delete, surface
        self._salts = salt(seed, stream, "delete"), salt(seed, stream, "surface")
        self._answers = 0
        self._seen = np.zeros(0, dtype=bool)
        self._may_go = np.zeros(0, dtype=bool)

    @property
    def active(self) -> bool:
        return bool(self.delete.share or self.surface.share)

    def answered(self, numbers: Ints) -> None:
        """A page with these rows was answered: those around them change now."""
        self._answers += len(numbers) > 0
        if not self.active or not len(numbers):
            return
        first, last = int(numbers.min()), int(numbers.max())
        reach = (last - first) // 2 + 1
        around = slice(max(0, first - reach), last + reach + 1)
        if self._answers > self.delete.after:
            self._may_go = _long(self._may_go, around.stop)
            self._may_go[around] = True
        if self._answers > self.surface.after:
            self._seen = _long(self._seen, around.stop)
            self._seen[around] = True

    def deleted(self, numbers: Ints) -> NDArray[np.bool_]:
        """Which of these rows have vanished."""
        return self._chosen(numbers, 0, self.delete) & _at(self._may_go, numbers)

    def late(self, numbers: Ints) -> NDArray[np.bool_]:
        """Which of these rows were invisible at first, whether they have appeared or not."""
        return self._chosen(numbers, 1, self.surface)

    def there(self, numbers: Ints) -> NDArray[np.bool_]:
        """Which of these rows the service has in its list now."""
        return ~self.deleted(numbers) & (~self.late(numbers) | _at(self._seen, numbers))

    def _chosen(self, numbers: Ints, which: int, share: Share) -> NDArray[np.bool_]:
        chosen: NDArray[np.bool_] = shares(numbers, self._salts[which]) < share.share
        return chosen


def _long(flags: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    if len(flags) >= length:
        return flags
    longer = np.zeros(2 * length, dtype=bool)
    longer[: len(flags)] = flags
    return longer


def _at(flags: NDArray[np.bool_], numbers: Ints) -> NDArray[np.bool_]:
    if not len(flags):
        return np.zeros(len(numbers), dtype=bool)
    return flags[np.minimum(numbers, len(flags) - 1)] & (numbers < len(flags))
