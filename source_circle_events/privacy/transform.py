"""Hides what identifies a person, in records and in schemas, as `personal_data` asks.

Records are JSON and stay JSON: they are decoded only where something has to be hidden, and a number
leaves with the digits it came with.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Protocol

import msgspec

from source_circle_events.errors import system_error
from source_circle_events.privacy.documented import Documented
from source_circle_events.privacy.hiding import Hiding
from source_circle_events.privacy.markers import PERSONAL, SOMETIMES
from source_circle_events.schemas.documents import JsonSchema
from source_circle_events.schemas.inference import merged

_LUCK: Final = 10
"""So many rows of a page more undocumented than documented, and the quick way is left for that page."""

Mode = Literal["keep", "hash", "drop"]

# Numbers with a fraction stay the text they came as: 1.50 and 1e999 too.
_decode: Final = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode())).decode
_encode: Final = msgspec.json.Encoder().encode


class PersonalData:
    """Applies one mode to records and schemas; threads may share it."""

    def __init__(self, mode: Mode, hash_key: str = "") -> None:
        """ValueError without a `hash_key` to hash with: anyone could compute the hashes."""
        if mode == "hash" and not hash_key:
            raise ValueError("personal_data: hash needs a hash_key")
        self.mode: Final = mode
        hiding = Hiding(hash_key if mode == "hash" else None)
        self._hide = hiding.hide
        self._documented = Documented(hiding)

    def apply(self, rows: Sequence[bytes]) -> Sequence[bytes]:
        """`rows`, each a JSON object, with what is personal in them hashed or dropped.

        `keep` returns `rows` itself; a row in which there was nothing to hide leaves as it came.
        """
        if self.mode == "keep":
            return rows
        out, luck = [], _LUCK
        for row in rows:
            done = self._documented.applied(row) if luck > 0 else None
            luck += 1 if done else -1
            out.append(done or self._applied(row))
        return out

    def _applied(self, row: bytes) -> bytes:
        try:
            try:
                fields = _decode(row)
            except msgspec.DecodeError:  # half a surrogate pair, which only the slow way reads
                fields = json.loads(row, parse_float=_number)
                self._hide(fields, None)
                return json.dumps(fields, separators=(",", ":")).encode()
            hidden = self._hide(fields, None)
            out = _encode(fields)
        except RecursionError:
            raise system_error(
                "Circle sent a record with hundreds of objects inside each other, in which personal "
                'data cannot be looked for. It can be read with "personal_data" set to "keep" only: '
                "please report it."
            ) from None
        return out if hidden or (len(out) != len(row) and _repeats_a_key(row)) else row

    def schema(self, schema: JsonSchema) -> JsonSchema:
        """The schema of records that `apply` has changed."""
        if self.mode == "keep":
            return schema
        personal = schema.get(PERSONAL)
        if personal is True:
            words = f"{schema.get('description', 'Personal data')} (keyed SHA-256)"
            return {"type": ["null", "string"], "description": words, PERSONAL: True}
        drop = self.mode == "drop"
        out = dict(schema)
        if personal == SOMETIMES and not drop:
            out["type"] = merged({"type": schema["type"]}, {"type": ["string"]})["type"]
            out.pop("format", None)
        if "properties" in schema:
            out["properties"] = {
                name: self.schema(field)
                for name, field in schema["properties"].items()
                if not (drop and field.get(PERSONAL) is True)
            }
        if "items" in schema:
            out["items"] = self.schema(schema["items"])
        return out


def _number(text: str) -> float | str:
    """A number beyond a double is left as text: written as a number, it would be no JSON."""
    value = float(text)
    return value if math.isfinite(value) else text


def _repeats_a_key(row: bytes) -> bool:
    """Whether an object in `row` has a key twice: the decoder saw only the last of its values."""
    repeated = False

    def pairs(found: list[tuple[str, object]]) -> None:
        nonlocal repeated
        repeated |= len(dict(found)) < len(found)

    json.loads(row, object_pairs_hook=pairs)
    return repeated


class Chosen(Protocol):
    """The settings of `Config` that say what becomes of personal data."""

    @property
    def personal_data(self) -> Mode: ...
    @property
    def hash_key(self) -> str: ...


def personal_data(config: Chosen | Mapping[str, Any]) -> PersonalData:
    """The mode a user chose; a missing `hash_key` is a ValueError here, and checked before."""
    if isinstance(config, Mapping):
        return PersonalData(config.get("personal_data") or "keep", config.get("hash_key") or "")
    return PersonalData(config.personal_data, config.hash_key)
