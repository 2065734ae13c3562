"""Which fields records have and of which types, without a value of any record.

A key may be a value too (an object by e-mail address), so only what looks like a field's name is shown,
and deeper than documented only what half of its siblings have.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from source_circle_events.schemas.discovery import expected
from source_circle_events.schemas.documents import model, model_names

_FIELD: Final = re.compile(r"[A-Za-z_]{1,40}[0-9]{0,2}[A-Za-z_]{0,20}")
_NAME: Final = re.compile(r"[A-Za-z_]{1,40}(\.[A-Za-z_]{1,40}){0,5}")
_MODEL: Final = re.compile(r"([A-Z][a-z]+){1,5}")
_TYPES: Final = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_CROWD: Final = 60
_DEEPEST: Final = 12


class Shape:
    """The shape of some records of one stream."""

    def __init__(self, stream: str, records: Iterable[Mapping[str, Any]]) -> None:
        self._types: defaultdict[str, set[str]] = defaultdict(set)
        self._seen: Counter[str] = Counter()
        self._foreign: dict[str, bool] = {}
        """Path -> whether its parent is documented, of those that are not."""
        self.models: set[str] = set()
        self.count = 0
        schema = expected(stream)
        for record in records:
            self.count += 1
            self._object("", record, schema, depth=0)

    @property
    def fields(self) -> dict[str, list[str]]:
        return {
            path: sorted(self._types[path]) for path in sorted(self._types) if self._shown(path)
        }

    @property
    def undocumented(self) -> list[str]:
        """The topmost only: what lies inside them is in `fields`."""
        return [path for path in self.fields if self._foreign.get(path)]

    def _shown(self, path: str) -> bool:
        parent = path.rpartition(".")[0]
        if parent and not self._shown(parent):
            return False
        usual = path.count(".") < 2 or self._seen[path] * 2 >= self._seen[parent]
        return usual or path not in self._foreign

    def _object(
        self, path: str, value: Mapping[str, Any], schema: Mapping[str, Any] | None, depth: int
    ) -> None:
        kind = value.get("type")
        named = isinstance(kind, str) and kind in model_names()
        if named or ("id" in value and isinstance(kind, str) and _MODEL.fullmatch(kind)):
            self.models.add(kind)  # type: ignore[arg-type]
        known = dict((schema or {}).get("properties", {}))
        if named:
            known |= model(kind)["properties"]  # type: ignore[arg-type]
        for key, inner in value.items():
            plain = len(value) <= _CROWD and _FIELD.fullmatch(key)
            here = f"{path}.{key if plain else '<other>'}".lstrip(".")
            if key not in known:
                self._foreign[here] = schema is not None or named
            self._seen[here] += 1
            self._types[here].add(_TYPES.get(type(inner), "null"))
            for item in inner[:20] if isinstance(inner, list) else [inner]:
                if isinstance(item, Mapping) and depth < _DEEPEST:
                    within = known.get(key)
                    within = within.get("items", within) if within else None
                    self._object(here, item, within, depth + 1)


def unknown_names(names: Iterable[str | None], known: Iterable[str]) -> list[str]:
    """Names of events that are not in the catalogue; what looks like no name is not shown."""
    unknown = {name for name in names if name} - set(known)
    return sorted({name if _NAME.fullmatch(name) else "<other>" for name in unknown})
