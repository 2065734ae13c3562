"""Hides what is personal in records that are exactly as documented, in half the time of `hiding`.

Such records are nearly all. Their objects are decoded into structures made from the schema files, in
which only personal fields become Python values and the rest stays the text it was. One undocumented
field or an unexpected kind of value, and the record goes the other way, which looks at everything. Both
ways give equal JSON; here, fields come in the documented order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, reduce
from operator import attrgetter, or_
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from source_circle_events.privacy.hiding import Hiding, Shape, getter
from source_circle_events.privacy.markers import markers
from source_circle_events.schemas.documents import STREAMS, JsonSchema, model, model_names, resolved

_SINGLE: Final = Raw | UnsetType
_PERSONAL: Final = str | UnsetType | None
_encode: Final = msgspec.json.Encoder().encode


class Documented:
    """The quick way to do what `hiding` does."""

    def __init__(self, hiding: Hiding) -> None:
        self._hiding, self._drop = hiding, hiding.drop
        record, self._shapes = _structures()
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(record).decode
        self._objects = _object_fields()

    def applied(self, row: bytes) -> bytes | None:
        """`row` with its personal data hidden, or None if it is not exactly as documented."""
        try:
            record = self._decode(row)
        except msgspec.DecodeError:
            return None
        for name in self._objects:
            value = getattr(record, name)
            if value is UNSET:
                continue
            if value.__class__ is not dict:
                self._hide(value)
            elif self._hiding.shape(value, name).personal:
                return None
            else:
                for inner in value.values():
                    if inner.__class__ in self._shapes:
                        self._hide(inner)
        return _encode(record)

    def _hide(self, structure: Any) -> None:
        if shape := self._shapes.get(structure.__class__):
            if self._drop:
                for name in shape.personal:
                    setattr(structure, name, UNSET)
            else:
                for name, value in self._hiding.hashed(structure, shape).items():
                    setattr(structure, name, value)


@cache
def _object_fields() -> tuple[str, ...]:
    """The fields of a record, of whatever stream, in which objects lie."""
    every = [resolved(stream)["properties"] for stream in STREAMS]
    return tuple({name for fields in every for name in fields if "properties" in fields[name]})


@cache
def _structures() -> tuple[type, dict[type, Shape]]:
    """The structure of a record of any stream, and what is personal in those of its objects where
    something is."""
    shapes: dict[type, Shape] = {}

    def structure(schema: JsonSchema, under: str, tag: str | None = None) -> Any:
        names = [name for name in schema["properties"] if name != "type" or tag is None]
        like = dict.fromkeys(names) | ({"type": tag} if tag else {})
        known, anywhere = markers().of_object(like, under), markers().personal_anywhere
        personal = tuple(name for name in names if name in known.marked or anywhere(name))
        made = msgspec.defstruct(
            tag or under,
            [(name, _PERSONAL if name in personal else _SINGLE, UNSET) for name in names],
            forbid_unknown_fields=True,
            tag=tag,
            tag_field="type" if tag else None,
            gc=False,
        )
        if personal:
            shapes[made] = Shape(personal, getter(attrgetter, personal), ())
        return made

    models = reduce(or_, (structure(model(name), name, name) for name in sorted(model_names())))
    fields: dict[str, Any] = {}
    for stream in STREAMS:
        for name, field in resolved(stream)["properties"].items():
            if "properties" not in field:
                fields.setdefault(name, _SINGLE)
            elif "title" in field:
                fields[name] = models | UnsetType | None
            elif field["properties"]:
                fields[name] = structure(field, name) | UnsetType | None
            else:
                fields[name] = dict[str, models] | UnsetType | None  # type: ignore[valid-type]
    record = [(name, kind, UNSET) for name, kind in fields.items()]
    return msgspec.defstruct("Record", record, forbid_unknown_fields=True, gc=False), shapes
