"""Finds personal data: fields by their name and model, and e-mail addresses in any string.

The schema files mark personal fields with `x-personal-data`. Circle does not document payloads, so the
marks are applied to undocumented objects too:

* The `type` of an object is its model. Without a documented `type`, its key in the parent decides
  (`initiator`, `community_member`, ...).
* A field name that is marked in every schema that has it (`email`, `public_uid`, `ahoy_visitor`, ...) is
  personal in every object, also as the end of a longer name (`previous_email`). `name` is not one of
  them: spaces, posts and tags have names too.
* An object of an unknown model with such a field is treated as a person, so its `name` is personal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from html import unescape
from itertools import chain
from typing import Final
from urllib.parse import unquote

from source_circle_events.schemas.event_types import event_types, named_streams
from source_circle_events.schemas.schema_files import STREAMS, JsonSchema, models, resolved

PERSONAL: Final = "x-personal-data"
"""The keyword that marks a personal field in a schema file."""

Names = tuple[str, ...]

# A word, which may contain an address with escapes: it ends at whitespace or one of these characters.
_WORD: Final = re.compile(r"""[^\s<>"'=?/,:()\[\]]+""")
# The lookbehind lets an address begin only at the first of its characters: to try every position in a
# long text would take quadratic time.
_PART: Final = r"[^\s@<>\"'=&?/,;:()\[\]\\]"
_ADDRESS: Final = re.compile(rf"(?<!{_PART}){_PART}+@{_PART}+")
_ESCAPE: Final = re.compile(r"(?:\\+u00|%u00|\\+x)([0-9a-f]{2})", re.IGNORECASE)


def replace_addresses(text: str, replacement: Callable[[str], str]) -> str:
    """Returns `text` with each e-mail address replaced, also if `@` is written as `%40`, `%2540`,
    `&#64;` or `\\u0040`. In a word that contains an address, all escapes are decoded."""

    def word(found: re.Match[str]) -> str:
        plain = _without_escapes(found[0])
        hidden = _ADDRESS.sub(lambda address: replacement(address[0]), plain)
        return found[0] if hidden == plain else hidden

    if "@" in text or "%" in text or "&" in text or "\\" in text:
        return _WORD.sub(word, text)
    return text


def _without_escapes(text: str) -> str:
    before = ""
    while text != before:
        before = text
        # A character that was encoded several times is written %2525...40: removes all layers at once.
        text = unquote(re.sub("%(?:25)+", "%", text))
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), unescape(text))
    return text


@dataclass(frozen=True)
class _Marks:
    """The names of personal fields, by the objects that they are in."""

    by_model: dict[str, frozenset[str]]
    """Maps a model to the fields that are personal in its objects."""
    by_key: dict[str | None, frozenset[str]]
    """Maps an object's key in its parent to its personal fields. The key of a record is None."""
    anywhere: frozenset[str]
    """Fields that are personal in every object."""
    endings: tuple[str, ...]
    """Endings, such as `_email`: a field with such a name is personal in every object."""


def personal_fields(names: Names, kind: object, under: str | None) -> tuple[Names, Names]:
    """Returns which of the fields `names` are personal, and which have an e-mail address as name.

    `kind`: the object's `type`. `under`: its key in the parent; None for a record."""
    return _decided(names, kind if isinstance(kind, str) else None, under)


@lru_cache(1_000)
def _decided(names: Names, kind: str | None, under: str | None) -> tuple[Names, Names]:
    marks = _marks()
    anywhere = {n for n in names if n in marks.anywhere or n.endswith(marks.endings)}
    # A record is never treated as a person: its `name` is the event type.
    if under is not None and kind in marks.by_model:
        marked = marks.by_model[kind]
    else:
        marked = marks.by_key.get(under, frozenset())
        if under is not None and not marks.anywhere.isdisjoint(names):
            marked = marked.union(
                *(m for m in marks.by_model.values() if not (m & marks.anywhere).isdisjoint(names))
            )
    personal = tuple(name for name in names if name in marked or name in anywhere)
    return personal, tuple(n for n in names if replace_addresses(n, lambda _: "") != n)


def anywhere_personal() -> list[str]:
    """Returns the field names that are personal in every object, sorted."""
    return sorted(_marks().anywhere)


@cache
def _marks() -> _Marks:
    documented = models()
    by_model = {name: _marked(schema) for name, schema in documented.items()}
    by_key: dict[str | None, frozenset[str]] = {}
    objects = [*chain.from_iterable(_objects(resolved(stream), None) for stream in STREAMS)]
    for key, schema in objects:
        by_key[key] = by_key.get(key, frozenset()) | _marked(schema)
    for event in chain.from_iterable(map(event_types, named_streams())):
        for key, name in event.models.items():
            by_key[key] = by_key.get(key, frozenset()) | by_model[name]
    schemas = [*documented.values(), *(schema for _, schema in objects)]
    unmarked = {name for s in schemas for name in s["properties"].keys() - _marked(s)}
    anywhere = frozenset(chain.from_iterable(map(_marked, schemas))) - unmarked
    return _Marks(by_model, by_key, anywhere, tuple(f"_{name}" for name in sorted(anywhere)))


def _marked(schema: JsonSchema) -> frozenset[str]:
    return frozenset(n for n, field in schema["properties"].items() if PERSONAL in field)


def _objects(schema: JsonSchema, key: str | None) -> Iterator[tuple[str | None, JsonSchema]]:
    yield key, schema
    for name, field in schema["properties"].items():
        if "properties" in field:
            yield from _objects(field, name)
