"""What the connector must withstand, as data: one line a scenario, in the YAML files beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from trials.scenario import Scenario

_FIELDS = {field.name for field in fields(Scenario)}


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would keep the last in silence."""

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise ValueError(f"A key stands twice: {node.start_mark}")
        return node


def loaded(*files: str) -> Iterator[Scenario]:
    """The scenarios of these files, in their order.

    Of what stands at a scenario, the fields of `Scenario` are taken as such, anything else is an option
    of the sandbox. `every` holds what all scenarios of a group have.
    """
    for file in files:
        groups = yaml.load((Path(__file__).parent / f"{file}.yaml").read_bytes(), _Loader)
        groups.pop("definitions", None)
        for group, told in groups.items():
            yield from _group(group, **told)


def _group(
    group: str, title: str, scenarios: dict[str, Any], every: dict[str, Any] | None = None
) -> Iterator[Scenario]:
    for name, given in scenarios.items():
        what = {**(every or {}), **(given or {})}
        options = {key: what.pop(key) for key in what.keys() - _FIELDS}
        own = {"group": group, "name": name, "title": title, "options": options}
        yield TypeAdapter(Scenario).validate_python({**own, **what})


def everything() -> list[Scenario]:
    """All that are tried on both forms, in the order of the table."""
    return list(loaded("service", "faults", "process"))
