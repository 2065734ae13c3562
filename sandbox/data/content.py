"""What a record says: a value for each documented field, made from the schemas.

Everything is a function of numbers, so that the same member or post has the same values
in every record, on every page and after every restart. The objects of one record agree: a comment's
`post_id` is the id of the post beside it, and queries that join on it find something.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from random import Random
from typing import Any

from sandbox.data.random_and_time import SECOND, to_iso
from source_circle_events.schemas import schema_files

Values = dict[str, Any]

_FIRST = ("Ada", "Björn", "Carla", "Elif", "Farid", "Ivo", "Jaya", "Łukasz", "Mateo", "Nia", "Zoë")
_LAST = ("Adeyemi", "Brandt", "Dubois", "García", "Haddad", "Ito", "Kowalski", "Okafor", "Wu")
_models = cache(schema_files.models)
_tracked = cache(lambda: schema_files.resolved("tracker_events")["properties"]["properties"])


def _filled(schema: Values, rng: Random, known: Values) -> Values:
    """An object with the fields of the schema: known values by their keys, the others by chance."""
    fields = schema["properties"].items()
    return {k: known[k] if k in known else _value(k, field, rng) for k, field in fields}


def _value(key: str, field: Values, rng: Random) -> object:
    number = rng.randrange(1_000)
    if field.get("format") == "date-time":  # before any history: a post exists before it is liked
        return to_iso((1_400_000_000 + number) * SECOND)
    if number >= 960:
        return None
    kinds = field["type"]
    if "string" in kinds and "number" not in kinds:
        return f"{key} {number}"
    return number < 100 if "boolean" in kinds else number


def _member_id(number: int) -> int:
    return 7_100_000 + 13 * number


@lru_cache(maxsize=100_000)
def member(number: int) -> Values:
    """The member who joined as the `number`-th."""
    rng = Random(f"member {number}")
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    known = {"type": "CommunityMember", "id": _member_id(number), "name": f"{first} {last}"}
    known |= {"first_name": first, "last_name": last, "email": f"member{number}@example.com"}
    return _filled(_models()["CommunityMember"], rng, known)


class Scene:
    """One member doing one thing somewhere: chosen once, for all objects of a record."""

    def __init__(self, name: str, member: int) -> None:
        self._name, self._member = name, member
        self._rng = rng = Random(f"{name} {member}")
        space = 41_000 + int(20 * rng.random() ** 2)
        post, room = (space * 100 + rng.randrange(60) for _ in range(2))
        self._ids = {"Space": space, "PostsBasic": post, "PostsEvent": post, "ChatRoom": room}
        self._ids |= {"Lesson": space * 25 + rng.randrange(25), "MemberTag": rng.randrange(7)}
        self._links = {"space_id": space, "post_id": post, "chat_room_id": room}
        self._links["community_member_id"] = _member_id(member)

    def instance(self, model: str) -> Values:
        """One object of the model, naming itself in `type` as every documented one does."""
        if model == "CommunityMember":
            return member(self._member)
        number = self._ids.get(model) or self._rng.randrange(10**8)
        known = self._links | {"type": model, "id": number}
        if model.startswith("Posts"):
            known["community_member_id"] = _member_id(number % 23)
        return _filled(_models()[model], Random(f"{model} {number}"), known)

    def record(self, endpoint: str, models: Mapping[str, str], *, undocumented: bool) -> Values:
        """The record without its id and times."""
        objects: Values = {key: self.instance(model) for key, model in models.items()}
        if endpoint == "events":
            inside = objects
            record: Values = {"name": self._name, "version": "1", "payload": inside}
        elif endpoint == "member_visits":
            inside = record = {"community_member_id": self._links["community_member_id"]}
            record["community_member"] = self.instance("CommunityMember")
        else:
            rng = Random(f"device {self._member}")
            inside = _filled(_tracked(), rng, self._links)
            record = {"name": self._name, **objects, "properties": inside}
        if undocumented:
            inside.update(self._undocumented())
            record |= {"source": self._rng.choice(("web", "ios")), "sequence": self._member}
        return record

    def _undocumented(self) -> Values:
        """Fields nobody documented: an unknown model, documented ones far down, one of varying type."""
        lead = {"since": to_iso(0), "person": self.instance("CommunityMember")}
        team = {"type": "Team", "name": "Hosts", "lead": lead, "spaces": [self.instance("Space")]}
        return {
            "workflow": {"type": "Workflow", "title": "Welcome", "id": self._member},
            "context": {"depth": {"team": team}},
            "score": self._rng.choice((7, 7.5, "seven", None, True, {"of": 10}, [7])),
        }
