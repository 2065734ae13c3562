"""What answers tell without a question of their own: links, headers, times, and the shape of records.

No value of a record is told. A key may be one too (an object by e-mail address), so only what looks like
a field's name is shown, and nothing of what lies in an object that is neither documented nor says by its
`type` what it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from source_circle_events.http.times import moments, resolution_of
from source_circle_events.probe.service import Rows, Service, require
from source_circle_events.schemas.catalogue import event_types
from source_circle_events.schemas.discovery import expected
from source_circle_events.schemas.documents import JsonSchema, model, model_names

_FIELD: Final = re.compile(r"[A-Za-z_]{1,40}[0-9]{0,2}[A-Za-z_]{0,20}")
_NAME: Final = re.compile(r"[A-Za-z_]{1,40}(\.[A-Za-z_]{1,40}){0,5}")
_MODEL: Final = re.compile(r"([A-Z][a-z]+){1,5}")
_LIMIT: Final = re.compile("rate-?limit|retry-after", re.IGNORECASE)
_OFFSET: Final = re.compile(r"(?:Z|[+-]\d\d:?\d\d)?$")
_UNITS: Final = {
    timedelta(seconds=1): "seconds",
    timedelta(milliseconds=1): "milliseconds",
    timedelta(microseconds=1): "microseconds",
}
_MODELS: Final = {name: model(name)["properties"] for name in model_names()}
_DEEPEST: Final = 12
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

    def __init__(self, service: Service) -> None:
        self._service = service

    def next_page_uri(self) -> str:
        """How is the next page named?"""
        if not self._service.link and len(self._service.rows["events"]) > 1:
            self._service.answer("events", per_page=1)  # of two records, the second is on another
        link = self._service.link
        require(link)
        require(not link.startswith("//"), "it begins with //")
        if urlsplit(link).scheme in ("http", "https"):
            return "absolute"
        return "query" if link.startswith("?") else "relative"

    def pages(self) -> str:
        """Are pages numbered?"""
        require(self._service.link)
        number = parse_qs(urlsplit(self._service.link).query).get("page", [""])[-1]
        return "numbered" if number.isdigit() else "opaque"

    def created_at_resolution(self) -> str:
        """How finely is created_at written?"""
        texts = self._created_at()
        return _UNITS[resolution_of(texts, moments(texts))]

    def created_at_offset(self) -> str:
        """Which UTC offset has created_at?"""
        found: list[str] = sorted({_OFFSET.findall(text)[0] for text in self._created_at()})
        require(len(found) == 1 and found[0], f"several: {', '.join(map(repr, found))}")
        return found[0]

    def rate_limit_headers(self) -> list[str]:
        """Which headers speak of the rate limit?"""
        found = sorted(filter(_LIMIT.search, self._service.headers))
        told = found or self._service.limited  # the probe provokes no 429
        require(told, "none on these answers; no 429 came to see what it says")
        return found

    def clock_skew_seconds(self) -> int:
        """How far is its clock ahead of this one?"""
        require(self._service.ahead, "no answer has a Date header")
        return round(max(self._service.ahead))  # any delay makes a `Date` look older

    def undocumented_event_names(self) -> list[str]:
        """Which event names are not documented?"""
        events = self._service.rows["events"]
        require(events)
        names = {row["name"] for row in events if isinstance(row.get("name"), str)}
        unknown = names.difference([""], (event.name for event in event_types()))
        return sorted({name if _NAME.fullmatch(name) else "<other>" for name in unknown})

    def undocumented_fields(self) -> list[str]:
        """Which fields are not documented?"""
        require(self._service.rows["events"])
        seen = shapes(self._service).items()
        return sorted(f"{stream}.{path}" for stream, shape in seen for path in shape.undocumented)

    def _created_at(self) -> list[str]:
        texts = [str(row.get("created_at")) for row in self._service.rows["events"]]
        found = [text for text, at in zip(texts, moments(texts), strict=True) if at]
        require(found)
        return found


class Shape:
    """The shape of some records of one stream."""

    def __init__(self, stream: str, rows: Rows) -> None:
        self.records = len(rows)
        self.models: set[str] = set()
        self.fields: defaultdict[str, set[str]] = defaultdict(set)
        """Path -> the types seen there."""
        self.undocumented: set[str] = set()
        """The topmost paths only: what lies inside them is in `fields`."""
        schema = expected(stream)
        for row in rows:
            self._add("", row, schema)

    def _add(self, path: str, value: Mapping[str, Any], schema: JsonSchema) -> None:
        kind = value["type"] if isinstance(value.get("type"), str) else ""
        known = {**schema.get("properties", {}), **_MODELS.get(kind, {})}
        if kind in _MODELS or ("id" in value and _MODEL.fullmatch(kind)):
            self.models.add(kind)
        elif not known:
            return
        for key, inner in value.items():
            here = f"{path}.{key if _FIELD.fullmatch(key) else '<other>'}".lstrip(".")
            self.fields[here].add(_TYPES.get(type(inner), "null"))
            if known and key not in known:
                self.undocumented.add(here)
            within = known.get(key, {})
            for item in inner if isinstance(inner, list) else [inner]:
                if isinstance(item, Mapping) and here.count(".") < _DEEPEST:
                    self._add(here, item, within.get("items", within))


def shapes(service: Service) -> dict[str, Shape]:
    """Of all records that came, by stream."""
    return {stream: Shape(stream, rows) for stream, rows in service.rows.items()}
