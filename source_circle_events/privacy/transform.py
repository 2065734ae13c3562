"""`personal_data`: what the marked fields become on their way out, in records and in schemas.

A page at a time and level by level, so that `shapes` has many objects to decide about at once.
People come back in record after record, and are hashed once while they are remembered.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Literal

from source_circle_events.privacy.keyed import keyed_sha256
from source_circle_events.privacy.markers import PERSONAL, SOMETIMES
from source_circle_events.privacy.shapes import Fields, Person, Shape, Shapes, Values, remember
from source_circle_events.schemas.documents import JsonSchema
from source_circle_events.schemas.inference import merged

Mode = Literal["keep", "hash", "drop"]
Level = dict[str | None, list[Fields]]
"""Key -> the objects that lie under it; None -> the records."""

# An address inside a text nobody documented, such as a link with a parameter (where @ is %40).
_EMAIL: Final = re.compile(r"[^\s@<>\"'=&?/,;:()\[\]]+(?:@|%40)[^\s@<>\"'=&?/,;:()\[\]]+")
_DROPPED: Final = "[dropped]"
_SEARCHED: Final = {dict, list, str}


class PersonalData:
    """Applies one mode to records and schemas; threads may share it."""

    def __init__(self, mode: Mode, hash_key: str = "") -> None:
        """ValueError without a `hash_key` to hash with: anyone could compute the hashes."""
        if mode == "hash" and not hash_key:
            raise ValueError("personal_data: hash needs a hash_key")
        self.mode: Final = mode
        self._drop = mode == "drop"
        self._digest = keyed_sha256(hash_key.encode())
        self._shapes = Shapes()

    def apply(self, records: Sequence[Fields]) -> None:
        """Hash or drop what is personal in `records`, in place.

        A text is hashed as it is, any other value by its JSON; null and the empty text stay, since
        a hash of them would look like a person. An e-mail address inside any undocumented text is
        replaced too.
        """
        level: Level = {None: list(records)} if records and self.mode != "keep" else {}
        while level:
            below: Level = defaultdict(list)
            for under, objects in level.items():
                for shape, alike in self._shapes.of(objects, under):
                    self._replace(shape, alike)
                    self._descend(shape, alike, below)
            level = below

    def schema(self, schema: JsonSchema) -> JsonSchema:
        """The schema of records that `apply` has changed."""
        if self.mode == "keep":
            return schema
        personal = schema.get(PERSONAL)
        if personal is True:
            words = f"{schema.get('description', 'Personal data')} (keyed SHA-256)"
            return {"type": ["null", "string"], "description": words, PERSONAL: True}
        out = dict(schema)
        if personal == SOMETIMES and not self._drop:
            out["type"] = merged({"type": schema["type"]}, {"type": ["string"]})["type"]
            out.pop("format", None)
        if "properties" in schema:
            out["properties"] = {
                name: self.schema(field)
                for name, field in schema["properties"].items()
                if not (self._drop and field.get(PERSONAL) is True)
            }
        if "items" in schema:
            out["items"] = self.schema(schema["items"])
        return out

    def _replace(self, shape: Shape, objects: list[Fields]) -> None:
        if self._drop:
            for fields in objects:
                for name in shape.personal:
                    del fields[name]
        elif shape.personal:
            for fields, values in zip(objects, map(shape.personal_of, objects), strict=True):
                try:
                    before, person = shape.people[values[0]]
                except (KeyError, TypeError):  # TypeError: a list where a text should be
                    before, person = None, {}
                fields.update(person if before == values else self._person(shape, values))

    def _person(self, shape: Shape, values: Values) -> Person:
        hashed = dict(zip(shape.personal, map(self._hashed, values), strict=True))
        # Texts only are remembered: 1, 1.0 and True would be one key.
        if all(value is None or value.__class__ is str for value in values):
            remember(shape.people, values[0], (values, hashed))
        return hashed

    def _hashed(self, value: object) -> str | None:
        if value is None or value == "":
            return value
        return self._digest(value if isinstance(value, str) else json.dumps(value, sort_keys=True))

    def _descend(self, shape: Shape, objects: list[Fields], below: Level) -> None:
        for name in shape.open:
            values = [*map(itemgetter(name), objects)]
            kinds = set(map(type, values))
            if kinds == {dict}:
                below[name] += values
            elif not kinds.isdisjoint(_SEARCHED):
                for fields in objects:
                    fields[name] = self._searched(fields[name], name, below)

    def _searched(self, value: object, name: str, below: Level) -> object:
        if isinstance(value, dict):
            below[name].append(value)
        elif isinstance(value, list):
            return [self._searched(item, name, below) for item in value]
        elif isinstance(value, str) and ("@" in value or "%40" in value):
            return _EMAIL.sub(self._replaced, value)
        return value

    def _replaced(self, found: re.Match[str]) -> str:
        return _DROPPED if self._drop else self._digest(found[0])


def personal_data(config: Mapping[str, Any]) -> PersonalData:
    """The mode a user chose; a missing `hash_key` is a ValueError here, and checked before."""
    return PersonalData(config.get("personal_data") or "keep", config.get("hash_key") or "")
