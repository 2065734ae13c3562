"""What answers tell without a question of their own: shapes of records, texts of times, headers.

No value of a record is told. A key may be one too (an object by e-mail address), so only what looks like
a field's name is shown, and in objects that are neither documented nor name their type only what half of
their siblings have.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from source_circle_events.http.times import moment
from source_circle_events.probe.service import FEW, Rows, Service, require
from source_circle_events.schemas.catalogue import event_types
from source_circle_events.schemas.discovery import expected
from source_circle_events.schemas.documents import JsonSchema, model, model_names

_FIELD: Final = re.compile(r"[A-Za-z_]{1,40}[0-9]{0,2}[A-Za-z_]{0,20}")
_NAME: Final = re.compile(r"[A-Za-z_]{1,40}(\.[A-Za-z_]{1,40}){0,5}")
_MODEL: Final = re.compile(r"([A-Z][a-z]+){1,5}")
_TIME: Final = re.compile(r"T\d\d:\d\d:\d\d(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$")
_MODELS: Final = {name: model(name)["properties"] for name in model_names()}
_ENOUGH: Final = 5
_DEEPEST: Final = 12
_LIMIT: Final = re.compile("rate-?limit|retry-after", re.IGNORECASE)
_TYPES: Final = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class Observations:
    """A method for each finding, named as it; what it says of itself is the question in the table."""

    def __init__(self, service: Service, rows: Mapping[str, Rows]) -> None:
        """`rows` by stream."""
        self._service = service
        self._events = rows["events"]
        self._link = service.link
        self.shapes = {stream: Shape(stream, some) for stream, some in rows.items()}

    def next_page_uri(self) -> str:
        """How is the next page named?"""
        if not self._link and len(self._events) > 1:
            self._link = self._service.answer("events", per_page=1).link
        require(self._link, FEW)
        require(not self._link.startswith("//"), "it begins with //")
        if urlsplit(self._link).scheme in ("http", "https"):
            return "absolute"
        return "query" if self._link.startswith("?") else "relative"

    def pages(self) -> str:
        """Are pages numbered?"""
        require(self._link, FEW)
        number = parse_qs(urlsplit(self._link).query).get("page", [""])[-1]
        return "numbered" if number.isdigit() else "opaque"

    def created_at_resolution(self) -> str:
        """How fine is created_at?"""
        digits = [fraction for fraction, _ in self._written()]
        written = max(map(len, digits))
        used = max(len(text.rstrip("0")) for text in digits)  # zeros alone tell nothing
        same = _unit(written) == _unit(used)
        require(same, f"{written} digits are written, only {used} used ({len(digits)} records)")
        return _unit(used)

    def created_at_offset(self) -> str:
        """Which UTC offset has created_at?"""
        seen = sorted({offset for _, offset in self._written()})
        require(len(seen) == 1 and seen[0], f"several: {', '.join(map(repr, seen))}")
        return seen[0]

    def rate_limit_headers(self) -> list[str]:
        """Which headers speak of the rate limit?"""
        limited = self._service.limited
        names = sorted(self._service.headers if limited is None else limited)
        found = [name for name in names if _LIMIT.search(name)]
        told = found or limited is not None  # the probe provokes no 429
        require(told, "none on these answers; no 429 came to see what it says")
        return found

    def clock_skew_seconds(self) -> int:
        """How far is its clock ahead of this one?"""
        ahead = self._service.ahead
        require(ahead, "no answer has a Date header")
        least, most = max(least for least, _ in ahead), min(most for _, most in ahead)
        require(least <= most + 2, "the answers' Date headers disagree")
        return round((least + most) / 2)

    def undocumented_event_names(self) -> list[str]:
        """Which event names are not documented?"""
        require(self._events, FEW)
        names = {name for row in self._events if isinstance(name := row.get("name"), str)}
        unknown = names - {"", *(event.name for event in event_types())}
        return sorted({name if _NAME.fullmatch(name) else "<other>" for name in unknown})

    def undocumented_fields(self) -> list[str]:
        """Which fields are not documented?"""
        require(self._events, FEW)
        shapes = self.shapes.items()
        return sorted(f"{stream}.{path}" for stream, one in shapes for path in one.undocumented)

    def _written(self) -> list[tuple[str, ...]]:
        """Of each `created_at` the digits after the second and the offset, as they are written."""
        texts = [str(row["created_at"]) for row in self._events if moment(row.get("created_at"))]
        found = [match.groups("") for text in texts if (match := _TIME.search(text))]
        require(found, FEW)
        return found


def _unit(digits: int) -> str:
    return "seconds" if not digits else "milliseconds" if digits <= 3 else "microseconds"


class Shape:
    """The shape of some records of one stream."""

    def __init__(self, stream: str, rows: Rows) -> None:
        self.records = len(rows)
        self.models: set[str] = set()
        self.fields: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Path -> the types seen there."""
        self.undocumented: set[str] = set()
        """The topmost paths only: what lies inside them is in `fields`."""
        self._doubtful: set[str] = set()
        schema = expected(stream)
        for row in rows:
            self._add("", row, schema)
        for path in sorted(self.fields):  # a parent comes before what lies inside it
            parent = self.fields.get(path.rpartition(".")[0], Counter())
            rare = self.fields[path].total() * 2 < max(parent.total(), _ENOUGH)
            if ("." in path and not parent) or (path in self._doubtful and rare):
                del self.fields[path]
        self.undocumented &= self.fields.keys()

    def _add(self, path: str, value: Mapping[str, Any], schema: JsonSchema) -> None:
        kind = value["type"] if isinstance(value.get("type"), str) else ""
        known = {**schema.get("properties", {}), **_MODELS.get(kind, {})}
        named = kind in _MODELS or ("id" in value and _MODEL.fullmatch(kind))
        if named:
            self.models.add(kind)
        for key, inner in value.items():
            here = f"{path}.{key if _FIELD.fullmatch(key) else '<other>'}".lstrip(".")
            self.fields[here][_TYPES.get(type(inner), "null")] += 1
            if known and key not in known:
                self.undocumented.add(here)
            elif not known and not named:
                self._doubtful.add(here)
            within = known.get(key, {})
            for item in inner if isinstance(inner, list) else [inner]:
                if isinstance(item, Mapping) and here.count(".") < _DEEPEST:
                    self._add(here, item, within.get("items", within))
