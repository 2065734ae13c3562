"""Hides what is personal in records that are exactly as documented, in less time than `hiding`.

Such records are nearly all. Only their objects are looked at, as text: the same member comes in
thousands of records, and its text is replaced by the text that replaced it before. One undocumented
field or an unexpected kind of value, and the record goes the other way, which looks at everything. Both
ways give equal JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, reduce
from operator import attrgetter, or_
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from source_circle_events.privacy.hiding import Hiding, Shape, getter, remember
from source_circle_events.privacy.markers import markers
from source_circle_events.schemas.documents import STREAMS, JsonSchema, model, model_names, resolved

_PERSONAL: Final = str | UnsetType | None
_SHORT: Final = 1_000
"""Bytes; longer objects are not remembered, so that the memory of them is bounded."""
_encode: Final = msgspec.json.Encoder().encode


class Documented:
    """The quick way to do what `hiding` does."""

    def __init__(self, hiding: Hiding) -> None:
        self._hiding = hiding
        record, objects, self._shapes = _structures()
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(record).decode
        self._decoders = {name: msgspec.json.Decoder(kind).decode for name, kind in objects.items()}
        self._hidden: dict[bytes, Raw] = {}
        self._plain: dict[bytes, None] = {}

    def applied(self, row: bytes) -> bytes | None:
        """`row` with its personal data hidden, or None if it is not exactly as documented."""
        try:
            record = self._decode(row)
            for name, decode in self._decoders.items():
                value = getattr(record, name)
                if value is UNSET:
                    continue
                if value.__class__ is Raw:
                    if hidden := self._looked_up(bytes(value), decode):
                        setattr(record, name, hidden)
                elif value is not None:
                    if self._hiding.shape(value, name).personal:
                        return None
                    for key, inner in value.items():
                        if hidden := self._looked_up(bytes(inner), decode):
                            value[key] = hidden
        except msgspec.DecodeError:
            return None
        return _encode(record)

    def _looked_up(self, text: bytes, decode: Callable[[bytes], Any]) -> Raw | None:
        """What takes the place of the object `text`; None if nothing in it is personal."""
        hidden = self._hidden.get(text)
        if hidden is None and text not in self._plain:
            structure = decode(text)
            if shape := self._shapes.get(structure.__class__):
                for name, value in self._hiding.hidden(structure, shape).items():
                    setattr(structure, name, value)
                hidden = Raw(_encode(structure))
                remember(self._hidden, text, hidden)
            elif len(text) < _SHORT:
                remember(self._plain, text, None)
        return hidden


@cache
def _structures() -> tuple[type, dict[str, Any], dict[type, Shape]]:
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
            [(name, _PERSONAL if name in personal else Raw | UnsetType, UNSET) for name in names],
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
    objects: dict[str, Any] = {}
    for stream in STREAMS:
        for name, field in resolved(stream)["properties"].items():
            fields[name] = Raw | UnsetType
            if "properties" in field:
                objects[name] = models | None
                if not field["properties"]:  # undocumented keys, under which models lie
                    fields[name] = dict[str, Raw] | UnsetType | None
                elif "title" not in field:
                    objects[name] = structure(field, name) | None
    record = [(name, kind, UNSET) for name, kind in fields.items()]
    made = msgspec.defstruct("Record", record, forbid_unknown_fields=True, gc=False)
    return made, objects, shapes
