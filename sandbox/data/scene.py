"""What one record is about, chosen once, so that its objects agree with each other.

A comment's `post_id` is the id of the post beside it, which stands in the space beside that:
queries that join on them would find nothing otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property

from sandbox.data.people import Space, spaces
from sandbox.data.rng import Dice


class Scene:
    """One member doing one thing somewhere."""

    def __init__(self, seed: int, name: str, member: int, since: int) -> None:
        self.seed, self.name, self.member, self._since = seed, name, member, since
        self.dice = Dice(seed, name, member)

    def number(self, base: int) -> int:
        """An id of something that exists once: a message, a comment."""
        return base + self.dice.below(9_000_000)

    @cached_property
    def space(self) -> Space:
        first = self.name.partition(".")[0]
        if first.startswith("course"):
            return self.dice.pick(spaces("course"))
        if first in ("chat_space", "direct_chat_rooms", "group_chat_rooms"):
            return self.dice.pick(spaces("chat"))
        if "event" in first or first == "live_stream":
            return self.dice.pick(spaces("event"))
        choices = spaces("post")
        return choices[min(self.dice.below(len(choices)), self.dice.below(len(choices)))]

    @cached_property
    def room(self) -> int:
        return 12_000 + self.space.id % 1000 + self.dice.below(7)

    @cached_property
    def lesson(self) -> int:
        return 5 * (self.space.id - 41_000) + self.dice.below(25)

    @cached_property
    def post(self) -> int:
        return 20_000_000 + self.space.id * 100 + self.dice.below(60)

    @cached_property
    def published(self) -> str:
        """Before the history: a post must not be liked before it is there."""
        hours = self.post % (60 * 24) + 1
        return (
            datetime.fromtimestamp(self._since // 1_000_000, UTC) - timedelta(hours=hours)
        ).strftime("%Y-%m-%dT%H:%M:%SZ")
