"""What the connector must withstand, as data: one line a scenario, in the YAML files beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from trials.scenario import Scenario

_FIELDS = {field.name for field in fields(Scenario)}


def loaded(*files: str) -> Iterator[Scenario]:
    """The scenarios of these files, in their order.

    Of what stands at a scenario, the fields of `Scenario` are taken as such, anything else is an option
    of the sandbox. `every` holds what all scenarios of a group have.
    """
    for file in files:
        groups = yaml.safe_load((Path(__file__).parent / f"{file}.yaml").read_bytes())
        groups.pop("definitions", None)
        for group, told in groups.items():
            for name, given in told["scenarios"].items():
                what = {**told.get("every", {}), **(given or {})}
                options = {key: what.pop(key) for key in what.keys() - _FIELDS}
                own = {"group": group, "name": name, "title": told["title"], "options": options}
                yield TypeAdapter(Scenario).validate_python({**own, **what})


def everything() -> list[Scenario]:
    """All that are tried on both forms, in the order of the table."""
    return list(loaded("service", "faults", "process"))
