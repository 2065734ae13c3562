"""Writes the reference page: streams, models, events and personal data, as the code has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, starmap

from source_circle_events.schemas.event_types import EventType, event_types, named_streams
from source_circle_events.schemas.personal_field_rules import PERSONAL, anywhere_personal
from source_circle_events.schemas.schema_files import STREAMS, JsonSchema, models, resolved

_INTRODUCTION = """\
# Reference

Generated from `source_circle_events/schemas/` and `source_circle_events/schemas/event_types.yaml` by
`python -m tools.generate`: change those, not this page.

Every field can be null, and every object can have more fields than are listed. Fields marked
**personal** are listed again under [Personal data](#personal-data).
"""

_EVENTS = """\
## Events

*Models* are the objects that a record of that name is expected to have, each under the key before
it: `payload.<key>` in `events`, `<key>` in `tracker_events`. Circle documents the names and the
models, but not the keys. A key is the model's name in snake case, and `initiator` is the member who
acted. *Observed* means that somebody who reads this API has shown the keys; *assumed* means that we
derive them from those. Keys that are not listed stay in `payload`.
"""

_PERSONAL = """\
## Personal data

Fields that identify a person. `personal_data` decides what becomes of them, wherever the model
appears and however deep: `keep` leaves them, `hash` puts a keyed SHA-256 in their place (the same
for the same value and `hash_key`, so people can still be counted and joined), `drop` leaves them
out of records and schema.
"""

_RULES = """\
Payloads are not documented, so `hash` and `drop` reach further than this list:

- An object that does not name its model is taken for the one expected under its key.
- {anywhere}
  are personal in every object, alone or at the end of a longer name such as `previous_email`. An
  object of an unknown model that has one of a member's is taken for a member.
- An e-mail address in any text is replaced there, also in the name of a field, in log lines, and where
  `@` is written as `%40`, `%2540`, `&#64;` or `\u0040`. With `drop`, a field with an address in its
  name is left out.

Numbers of members (`id`, `community_member_id`) stay: they join the tables, and name nobody
without access to the community itself. An undocumented field under another name, such as a
biography, is not recognised: deselect its column, or the stream.
"""


def reference_page() -> str:
    """The page as Markdown."""
    parts = [_INTRODUCTION, "## Streams\n", *(_section(s, resolved(s)) for s in STREAMS)]
    parts += ["## Payload models\n", *starmap(_section, models().items())]
    parts += [_EVENTS, *_families(chain.from_iterable(map(event_types, named_streams())))]
    parts += [_PERSONAL, _table(("Where", "Field", "What it is"), _personal()), _rules()]
    return "\n".join(parts)


def _section(name: str, schema: JsonSchema) -> str:
    rows = (
        (
            f"`{path}`",
            _type(field),
            field["description"] + ("; **personal**" if PERSONAL in field else ""),
        )
        for path, field in _fields(schema)
    )
    return f"### {name}\n\n{schema['description']}\n\n" + _table(
        ("Field", "Type", "What it is"), rows
    )


def _fields(schema: JsonSchema, path: str = "") -> Iterator[tuple[str, JsonSchema]]:
    """All fields by path; what is inside a model stands under the model."""
    for name, field in schema["properties"].items():
        yield path + name, field
        if "properties" in field and "title" not in field:
            yield from _fields(field, f"{path}{name}.")


def _type(field: JsonSchema) -> str:
    if "title" in field:
        return f"[{field['title']}](#{field['title'].lower()})"
    types = " or ".join(name for name in field["type"] if name != "null")
    return f"{types} ({field['format']})" if "format" in field else types


def _families(events: Iterable[EventType]) -> Iterator[str]:
    ordered = sorted(events, key=lambda event: event.family)
    for family, members in groupby(ordered, key=lambda event: event.family):
        rows = [(f"`{event.name}`", event.meaning, _models(event)) for event in members]
        yield f"### Family: {family}\n\n" + _table(("Name", "When", "Models"), rows)


def _models(event: EventType) -> str:
    carried = ", ".join(f"`{key}`: [{name}](#{name.lower()})" for key, name in event.models.items())
    return f"{carried} ({event.basis})"


def _personal() -> Iterator[tuple[str, str, str]]:
    for name, schema in (models() | {stream: resolved(stream) for stream in STREAMS}).items():
        for path, field in _fields(schema):
            if PERSONAL in field:
                yield f"[{name}](#{name.lower()})", f"`{path}`", field["description"]


def _rules() -> str:
    names = [f"`{name}`" for name in anywhere_personal()]
    return _RULES.format(anywhere=", ".join(names[:-1]) + f" and {names[-1]}")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
