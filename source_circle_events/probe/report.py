"""What was found: a table for whoever asked, and JSON that can be shown to everybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from source_circle_events.probe.observations import Finding
from source_circle_events.probe.shapes import Shape

_OPEN: Final = {
    "next_page_uri": "How is the next page named?",
    "pages": "Are pages numbered?",
    "created_at_resolution": "How fine is created_at?",
    "created_at_offset": "Which UTC offset has created_at?",
    "sort": "Is the order that is asked for kept?",
    "created_at_gt": "Is a record exactly on the bound left out?",
    "base_timestamp": "Which time does base_timestamp bound?",
    "event_filter": "Which spelling filters events by name?",
    "several_event_types": "Are several names all heard?",
    "per_page_maximum": "How many records at most on a page?",
    "rate_limit_headers": "Which headers speak of the rate limit?",
    "clock_skew_seconds": "How far is its clock ahead of this one?",
    "undocumented_event_names": "Which event names are not documented?",
    "undocumented_fields": "Which fields are not documented?",
}
KEYS: Final = tuple(_OPEN)
_FOLLOWS: Final[Mapping[tuple[str, Any], str]] = {
    ("sort", "ignored"): "please report it: reading is slower",
    ("created_at_gt", "ignored"): "please report it: each sync asks for all history",
    ("base_timestamp", "ignored"): "nothing, but more is asked for than is kept",
    ("event_filter", "events"): 'nothing; "event_types" saves no requests',
    ("event_filter", "ignored"): 'nothing; "event_types" saves no requests',
    ("several_event_types", "last"): 'choose one name in "event_types", or none',
    ("several_event_types", "first"): 'choose one name in "event_types", or none',
}


@dataclass
class Report:
    origin: str
    paths: Mapping[str, str]
    findings: dict[str, Finding] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    headers: set[str] = field(default_factory=set)
    requests: int = 0

    def finding(self, key: str) -> Finding:
        return self.findings.get(key, (None, "not asked: too many requests, or none is answered"))

    def as_json(self) -> str:
        """No token, no host beyond the origin, no value of a record."""
        found = {key: self.finding(key) for key in KEYS}
        shown = {
            "origin": self.origin,
            "endpoints": {
                stream: {"path": path, "answers": stream not in self.failures}
                | (_shape(self.shapes[stream]) if stream in self.shapes else {})
                for stream, path in self.paths.items()
            },
            "findings": {key: value for key, (value, _) in found.items()},
            "reasons": {key: reason for key, (value, reason) in found.items() if value is None},
            "headers": sorted(self.headers),
            "requests": self.requests,
        }
        return json.dumps(shown, indent=2) + "\n"

    def table(self) -> str:
        rows = [("what is open", "what this service does", "what follows")]
        for key, question in _OPEN.items():
            value, reason = self.finding(key)
            said = f"cannot tell: {reason}" if value is None else _text(value)
            rows.append((question, said, self._follows(key, value)))
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows]
        failed = [f"{stream}: {sentence}" for stream, sentence in self.failures.items()]
        return "\n".join([*lines, *failed, f"{self.requests} requests."])

    def _follows(self, key: str, value: Any) -> str:
        if key == "clock_skew_seconds" and value is not None and abs(value) > 30:
            return "set this machine's clock, if it is the wrong one"
        if key == "per_page_maximum" and value is not None and value < 2000:
            return "please report it: more requests are needed"
        if key.startswith("undocumented") and value:
            return "refresh the schema (discover) to get columns"
        if isinstance(value, list | int) or value is None:
            return "nothing"
        return _FOLLOWS.get((key, value), "nothing")


def _shape(shape: Shape) -> dict[str, Any]:
    return {"records": shape.count, "models": sorted(shape.models), "fields": shape.fields}


def _text(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    more = f" and {len(value) - 3} more" if len(value) > 3 else ""
    return (", ".join(value[:3]) + more) or "none"
