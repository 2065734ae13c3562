"""Which names a stream has and how often each comes: the catalogue's list with weights of ours.

A name that is new in the catalogue needs no line here: it comes with the weight 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.options import Options
from source_circle_events.schemas.catalogue import event_types, tracker_event_types

STREAMS = ("events", "member_visits", "analytics_tracker_events")
"""By the endpoint's last part, which is what a request names."""


def paths_of(options: Options) -> dict[str, str]:
    """The stream served at each path below the API's root; ValueError if an option is wrong."""
    path_of = {stream: stream for stream in STREAMS}
    for text in options.path:
        stream, _, path = text.partition("=")
        if stream not in STREAMS or not path.strip("/"):
            raise ValueError(f"path: STREAM=PATH is needed, STREAM of {STREAMS}, not {text!r}")
        path_of[stream] = path.strip("/")
    return {path: stream for stream, path in path_of.items()}


CREATED, JOINED, LEFT = (
    "community_member.create",
    "community_member.joined_community",
    "community_member.destroy",
)
ONCE = (CREATED, JOINED, LEFT)
"""Once in a member's life: placed in the history by the membership, not by chance."""

BACKFILLED: Mapping[str, float] = {"post.comment.liked": 0.45, "courses.section.completed": 0.7}
"""Added to the service late, at this share of the history: what was before came in one hour."""

_WEIGHTS: Mapping[str, float] = {
    "post.liked": 22,
    "post.comment.created": 14,
    "post.comment.liked": 12,
    "chat_space.chat_rooms.message.created": 11,
    "direct_chat_rooms.message.created": 8,
    "post.basic.published": 6,
    "courses.lesson.completed": 6,
    "group_chat_rooms.message.created": 5,
    "spaces.joined": 5,
    "event.rsvp": 3,
    "live_stream.chat_rooms.message.created": 3,
    "course.lesson.chat_rooms.message.created": 2,
    "courses.section.completed": 2,
    "tagged_member.create": 1.5,
    "recurring_event.rsvp": 1.5,
    "courses.quiz.submitted": 1.2,
    "courses.completed": 0.4,
    "courses.quiz.failed": 0.4,
    "community_member.email_changed": 0.3,
    "event.published": 0.3,
    "event.ended": 0.3,
    "live_event.ended": 0.2,
    "PageView": 6,
    "PageExit": 4,
}


@dataclass(frozen=True)
class Name:
    """A name, with the models of its objects by key."""

    text: str
    weight: float
    models: Mapping[str, str]


def names_of(stream: str) -> tuple[Name, ...]:
    """The stream's names; visits have none and get one that is never shown."""
    kinds = {"events": event_types, "analytics_tracker_events": tracker_event_types}.get(stream)
    if kinds is None:
        return (Name("", 1.0, {}),)
    return tuple(
        Name(kind.name, 0.0 if kind.name in ONCE else _WEIGHTS.get(kind.name, 1.0), kind.models)
        for kind in kinds()
    )
