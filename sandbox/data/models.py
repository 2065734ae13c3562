"""Believable values for each documented payload model: one function a model, one line in `MODELS`.

A model that the catalogue names and this table does not is served with its `type` and an `id`, so
that a new name in the catalogue needs nothing here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import lru_cache

from sandbox.data.people import COLOURS, TAGS, member, member_id, slug
from sandbox.data.scene import Scene

Values = dict[str, object]


@lru_cache(maxsize=100_000)
def _member(seed: int, number: int) -> Values:
    who = member(seed, number)
    return {
        "id": who.id,
        "public_uid": who.uid,
        "name": f"{who.first} {who.last}",
        "first_name": who.first,
        "last_name": who.last,
        "email": who.email,
        "is_admin": who.admin,
        "is_moderator": who.moderator,
    }


def _no_fields(_: Scene) -> Values:
    return {}


def _unknown(scene: Scene) -> Values:
    return {"id": scene.number(99_000_000)}


def _chat_room(scene: Scene) -> Values:
    room = scene.room
    return {
        "id": room,
        "parent_id": scene.space.id if scene.space.kind != "post" else None,
        "name": f"{scene.space.name} {room % 7}",
        "is_embedded": scene.space.kind != "chat",
        "uuid": str(uuid.UUID(int=room * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128, version=4)),
    }


def _post(scene: Scene) -> Values:
    title = f"{scene.space.name}: note {scene.post % 1000}"
    author = scene.post % 23
    return {
        "id": scene.post,
        "name": title,
        "slug": slug(title.replace(":", "")),
        "status": "published",
        "published_at": scene.published,
        "space_id": scene.space.id,
        "community_member_id": member_id(author),
        "record_owner_is_admin": author < 2,
    }


def _event(scene: Scene) -> Values:
    kind = scene.dice.pick(("virtual", "in_person", "live_stream", "tbd"))
    return _post(scene) | {"recurring": "recurring" in scene.name, "event_type": kind}


def _comment(scene: Scene) -> Values:
    reply = scene.dice.below(3) == 0
    return {
        "id": scene.number(60_000_000),
        "post_id": scene.post,
        "parent_comment_id": scene.number(60_000_000) if reply else None,
        "community_member_id": member_id(scene.member),
        "record_owner_is_admin": scene.member < 2,
    }


def _tag(scene: Scene) -> Values:
    place = scene.dice.below(len(TAGS))
    return {
        "id": 900 + place,
        "name": TAGS[place],
        "color": COLOURS[place % len(COLOURS)],
        "display_format": scene.dice.pick(("label", "emoji")),
        "is_public": place % 3 != 0,
    }


def _quiz_attempt(scene: Scene) -> Values:
    failed = scene.name.endswith(".failed") or scene.member % 4 == 0
    if scene.name.endswith(".passed"):
        failed = False
    return {
        "id": scene.number(80_000_000),
        "quiz_id": 300 + scene.space.id % 10,
        "grade": scene.dice.below(70) if failed else 70 + scene.dice.below(31),
        "result": "failed" if failed else "passed",
    }


MODELS: Mapping[str, Callable[[Scene], Values]] = {
    "CommunityMember": lambda s: _member(s.seed, s.member),
    "ChatRoomMessage": lambda s: {"id": s.number(50_000_000), "chat_room_id": s.room},
    "ChatRoom": _chat_room,
    "SpaceMember": lambda s: {"community_member_id": member_id(s.member), "space_id": s.space.id},
    "Space": lambda s: {"id": s.space.id, "name": s.space.name, "slug": s.space.slug},
    "Lesson": lambda s: {"id": s.lesson},
    "Section": lambda s: {"id": s.lesson // 5, "space_id": s.space.id},
    "PostsEvent": _event,
    "PostsBasic": _post,
    "Comment": _comment,
    "RecurringEventSetting": _no_fields,
    "SpaceGroupMember": lambda s: {
        "id": s.number(30_000_000),
        "community_member_id": member_id(s.member),
        "space_group_id": 70 + s.dice.below(6),
    },
    "MemberTag": _tag,
    "QuizAttempt": _quiz_attempt,
}


def instance(model: str, scene: Scene) -> Values:
    """One object of the model, naming itself in `type` as every documented one does."""
    return {"type": model} | MODELS.get(model, _unknown)(scene)
