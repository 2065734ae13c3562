"""Asks all questions, the most useful first, and tells what was found.

A table for whoever asked, and JSON that can be shown to everybody: no token, no host beyond the origin,
no value of a record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.errors import transient_error
from source_circle_events.http.responses import origin
from source_circle_events.probe.observations import Observations
from source_circle_events.probe.questions import BASELINE, DOCUMENTED_MAXIMUM, Questions
from source_circle_events.probe.service import Rows, Service, UnknownError

if TYPE_CHECKING:
    from source_circle_events.config import Config

_ASKED: Final = {name: ask.__doc__ for name, ask in vars(Questions).items() if name[0] != "_"}
_SEEN: Final = {name: ask.__doc__ for name, ask in vars(Observations).items() if name[0] != "_"}
FINDINGS: Final = _ASKED | _SEEN
"""Finding -> what is open."""
_FOLLOWS: Final = {
    ("sort", "ignored"): "please report it: reading is slower",
    ("created_at_gt", "ignored"): "please report it: each sync asks for all history",
    ("base_timestamp", "ignored"): "nothing, but more is asked for than is kept",
    ("event_filter", "events"): 'nothing; "event_types" saves no requests',
    ("event_filter", "ignored"): 'nothing; "event_types" saves no requests',
    ("several_event_types", "last"): 'choose one name in "event_types", or none',
    ("several_event_types", "first"): 'choose one name in "event_types", or none',
}


class Report:
    """All that can be told of the service."""

    def __init__(self, config: Config) -> None:
        """An AirbyteTracedException if `events` cannot be read."""
        self._origin = origin(config.base_url)
        self.service = service = Service(config)
        self.findings: dict[str, Any] = {}
        """None where it cannot be told, and then there is a reason."""
        self._reasons: dict[str, str] = {}
        try:
            questions = Questions(service)
        except UnknownError:
            raise transient_error(
                "Circle limits the requests of this account (429). Wait a minute, or stop other "
                "clients that use the same account, and ask again."
            ) from None
        self._answer(_ASKED, questions)
        events = [row for answer in questions.answers.values() for row in answer.rows]
        rows: dict[str, Rows] = {"events": events}
        self._failures: dict[str, str] = {}
        for stream in sorted(service.paths.keys() - rows.keys()):
            try:
                rows[stream] = service.answer(stream, per_page=BASELINE, sort="latest").rows
            except (AirbyteTracedException, UnknownError) as error:
                self._failures[stream] = str(error)
        observations = Observations(service, rows)
        self._answer(_SEEN, observations)
        self._shapes = observations.shapes

    def _answer(self, names: Iterable[str], source: Questions | Observations) -> None:
        for name in names:
            try:
                self.findings[name] = getattr(source, name)()
            except UnknownError as error:
                self.findings[name], self._reasons[name] = None, str(error)
            except AirbyteTracedException as error:  # one that fails leaves the others be
                reason = str(error).partition(". ")[0]
                self.findings[name], self._reasons[name] = None, f"no answer: {reason}"

    def as_json(self) -> str:
        shown = {
            "origin": self._origin,
            "endpoints": {
                stream: {"path": path, "answers": stream in self._shapes, **self._shape(stream)}
                for stream, path in self.service.paths.items()
            },
            "findings": self.findings,
            "reasons": self._reasons,
            "headers": sorted(self.service.headers),
            "requests": self.service.requests,
        }
        return json.dumps(shown, indent=2) + "\n"

    def _shape(self, stream: str) -> dict[str, Any]:
        if not (shape := self._shapes.get(stream)):
            return {}
        fields = {path: sorted(types) for path, types in sorted(shape.fields.items())}
        return {"records": shape.records, "models": sorted(shape.models), "fields": fields}

    def table(self) -> str:
        rows = [("what is open", "what this service does", "what follows")]
        for name, value in self.findings.items():
            said = f"cannot tell: {self._reasons[name]}" if value is None else _text(value)
            rows.append((str(FINDINGS[name]), said, _follows(name, value)))
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows]
        failed = [f"{stream}: {sentence}" for stream, sentence in self._failures.items()]
        return "\n".join([*lines, *failed, f"{self.service.requests} requests."])


def _text(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    more = f" and {len(value) - 3} more" if len(value) > 3 else ""
    return (", ".join(value[:3]) + more) or "none"


def _follows(name: str, value: Any) -> str:
    if name == "clock_skew_seconds" and abs(value or 0) > 30:
        return "set this machine's clock, if it is the wrong one"
    if name == "per_page_maximum" and (value or DOCUMENTED_MAXIMUM) < DOCUMENTED_MAXIMUM:
        return "please report it: more requests are needed"
    if name.startswith("undocumented") and value:
        return "refresh the schema (discover) to get columns"
    return _FOLLOWS.get((name, str(value)), "nothing")
