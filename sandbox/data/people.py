"""The things of one community: members, spaces, courses, posts. What records are about.

Everything is a function of the seed and a number, so that the same member has the same name in
every record, on every page and after every restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sandbox.data.rng import Dice

_FIRST = """
    Ada Ben Carla Dmitri Elif Farid Grace Hana Ivo Jaya Kofi Lena Mateo Nia Omar Petra Quinn Rosa
    Sven Tomoko Uma Victor Wren Ximena Yusuf Zoë Anaïs Björn Chloé Łukasz
"""
_LAST = """
    Adeyemi Brandt Castillo Dubois Eriksen Fischer García Haddad Ito Jansen Kowalski Lindqvist
    Moreau Nakamura Okafor Petrov Quist Rossi Silva Tanaka Ueda Varga Wu
"""
_TOPICS = """
    Announcements Introductions Show-and-tell Questions Feedback Jobs Books Design Marketing Writing
    Research Wellness Photography Local-meetups Wins Off-topic
"""
FIRST, LAST, TOPICS = _FIRST.split(), _LAST.split(), _TOPICS.split()
COURSES = ("Foundations", "Storytelling", "Launch in 30 days", "Community craft", "Analytics")
CHATS = ("Lounge", "Help desk", "Coffee corner", "Accountability")
CALENDARS = ("Workshops", "Office hours", "Live sessions")
TAGS = ("Founding member", "Mentor", "Alumni", "VIP", "Beta tester", "Speaker", "New here")
COLOURS = ("#2E7D32", "#1565C0", "#6A1B9A", "#EF6C00", "#AD1457", "#00838F", "#4E342E")


@dataclass(frozen=True)
class Space:
    id: int
    name: str
    kind: str

    @property
    def slug(self) -> str:
        return slug(self.name)


@dataclass(frozen=True)
class Member:
    number: int
    id: int
    first: str
    last: str
    email: str
    uid: str
    admin: bool
    moderator: bool


def slug(text: str) -> str:
    return "-".join(text.lower().split())


SPACES = tuple(
    Space(41_000 + 17 * place, name.replace("-", " "), kind)
    for place, (name, kind) in enumerate(
        [(name, "post") for name in TOPICS]
        + [(name, "course") for name in COURSES]
        + [(name, "chat") for name in CHATS]
        + [(name, "event") for name in CALENDARS]
    )
)


@cache
def spaces(kind: str) -> tuple[Space, ...]:
    return tuple(space for space in SPACES if space.kind == kind)


def member_id(number: int) -> int:
    return 7_100_000 + 13 * number


def member(seed: int, number: int) -> Member:
    """The member who joined as the `number`-th."""
    dice = Dice(seed, "member", number)
    first, last = dice.pick(FIRST), dice.pick(LAST)
    return Member(
        number=number,
        id=member_id(number),
        first=first,
        last=last,
        email=f"member{number}.{dice.below(10**6):06d}@example.com",
        uid=f"{dice.below(1 << 31):08x}",
        admin=number < 2,
        moderator=2 <= number < 8,
    )
