"""Believable values for each documented payload model: one function a model, one line in `MODELS`.

A model that the catalogue names and this table does not is served with its `type` and an `id`, so
that a new name in the catalogue needs nothing here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from random import Random

from sandbox.data.community import SPACES, Values, member, member_id
from sandbox.data.numbers import HOUR, to_iso

_WORKFLOW: Values = {"type": "Workflow", "title": "Welcome", "enabled": True}
_TAGS = ("Founding member", "Mentor", "Alumni", "VIP", "Beta tester", "Speaker", "New here")


class Scene:
    """One member doing one thing somewhere, chosen once, so that the record's objects agree.

    A comment's `post_id` is the id of the post beside it, which stands in the space beside that:
    queries that join on them would find nothing otherwise.
    """

    def __init__(self, seed: int, name: str, member: int, since: int) -> None:
        self.seed, self.name, self.member, self.since = seed, name, member, since
        self.rng = Random(f"{seed} {name} {member}")
        choices = SPACES[_kind(name.partition(".")[0])]
        self.space = choices[int(len(choices) * self.rng.random() ** 2)]
        self.room = 12_000 + self.space.id % 1000 + self.rng.randrange(7)
        self.lesson = 5 * (self.space.id - 41_000) + self.rng.randrange(25)
        self.post = 20_000_000 + self.space.id * 100 + self.rng.randrange(60)

    def number(self, base: int) -> int:
        """An id of something that exists once: a message, a comment."""
        return base + self.rng.randrange(9_000_000)


def _kind(family: str) -> str:
    """Of the space in which events of this family happen."""
    if family.startswith("course"):
        return "course"
    if family in ("chat_space", "direct_chat_rooms", "group_chat_rooms"):
        return "chat"
    return "event" if "event" in family or family == "live_stream" else "post"


def _slug(text: str) -> str:
    return "-".join(text.lower().replace(":", "").split())


def _chat_room(scene: Scene) -> Values:
    room, space = scene.room, scene.space
    return {
        "id": room,
        "parent_id": space.id if space.kind != "post" else None,
        "name": f"{space.name} {room % 7}",
        "is_embedded": space.kind != "chat",
        "uuid": str(uuid.UUID(int=Random(room).getrandbits(128), version=4)),
    }


def _post(scene: Scene) -> Values:
    title = f"{scene.space.name}: note {scene.post % 1000}"
    author = scene.post % 23
    return {
        "id": scene.post,
        "name": title,
        "slug": _slug(title),
        "status": "published",
        # before the history: a post must not be liked before it is there
        "published_at": to_iso(scene.since - (scene.post % (60 * 24) + 1) * HOUR),
        "space_id": scene.space.id,
        "community_member_id": member_id(author),
        "record_owner_is_admin": author < 2,
    }


def _comment(scene: Scene) -> Values:
    return {
        "id": scene.number(60_000_000),
        "post_id": scene.post,
        "parent_comment_id": scene.rng.choice((None, None, scene.number(60_000_000))),
        "community_member_id": member_id(scene.member),
        "record_owner_is_admin": scene.member < 2,
    }


def _tag(scene: Scene) -> Values:
    place = scene.rng.randrange(len(_TAGS))
    return {
        "id": 900 + place,
        "name": _TAGS[place],
        "color": f"#{place * 0x24680:06X}",
        "display_format": scene.rng.choice(("label", "emoji")),
        "is_public": place % 3 != 0,
    }


def _quiz_attempt(scene: Scene) -> Values:
    passed = scene.name.endswith(".passed") or scene.member % 4 > 0
    failed = scene.name.endswith(".failed") or not passed
    return {
        "id": scene.number(80_000_000),
        "quiz_id": 300 + scene.space.id % 10,
        "grade": scene.rng.randrange(*((0, 70) if failed else (70, 101))),
        "result": "failed" if failed else "passed",
    }


MODELS: Mapping[str, Callable[[Scene], Values]] = {
    "CommunityMember": lambda s: member(s.seed, s.member),
    "ChatRoomMessage": lambda s: {"id": s.number(50_000_000), "chat_room_id": s.room},
    "ChatRoom": _chat_room,
    "SpaceMember": lambda s: {"community_member_id": member_id(s.member), "space_id": s.space.id},
    "Space": lambda s: {"id": s.space.id, "name": s.space.name, "slug": _slug(s.space.name)},
    "Lesson": lambda s: {"id": s.lesson},
    "Section": lambda s: {"id": s.lesson // 5, "space_id": s.space.id},
    "PostsEvent": lambda s: {
        **_post(s),
        "recurring": "recurring" in s.name,
        "event_type": s.rng.choice(("virtual", "in_person", "live_stream", "tbd")),
    },
    "PostsBasic": _post,
    "Comment": _comment,
    "RecurringEventSetting": lambda _: {},
    "SpaceGroupMember": lambda s: {
        "id": s.number(30_000_000),
        "community_member_id": member_id(s.member),
        "space_group_id": 70 + s.rng.randrange(6),
    },
    "MemberTag": _tag,
    "QuizAttempt": _quiz_attempt,
}


def instance(model: str, scene: Scene) -> Values:
    """One object of the model, naming itself in `type` as every documented one does."""
    if model not in MODELS:
        return {"type": model, "id": scene.number(99_000_000)}
    return {"type": model} | MODELS[model](scene)


def undocumented(scene: Scene) -> Values:
    """Fields nobody documented: an unknown model, documented ones far down, one of varying type."""
    lead = {"since": to_iso(scene.since), "person": instance("CommunityMember", scene)}
    team = {"type": "Team", "name": "Hosts", "lead": lead, "spaces": [instance("Space", scene)]}
    return {
        "workflow": _WORKFLOW | {"id": scene.number(1)},
        "context": {"depth": {"team": team}},
        "score": scene.rng.choice((7, 7.5, "seven", None, True, {"of": 10}, [7])),
    }
