"""A scenario: how the service behaves and what a sync must make of it. They are in scenarios/*.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import TypeAdapter

from harness.process import FAST, Reader

Runtime = Literal["package", "manifest"]
RUNTIMES: tuple[Runtime, ...] = ("package", "manifest")


@dataclass(frozen=True)
class Limit:
    """What the manifest alone cannot do; the table says so in place of a failure."""

    why: str
    shows: str
    """A pattern for what goes wrong then. Anything else that goes wrong is a defect."""


@dataclass(frozen=True)
class Scenario:
    """`{...}` in the texts of options, config, state and since is filled in: see `World.places`."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012  (also of `Reader` and `Limit` in it)

    group: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """The sandbox's, added to those of the community that all scenarios share."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Added to token, URL and start date."""
    title: str = ""
    """The group's, in the page."""
    place: int = 0
    """Its row in the page."""
    expect: Literal["complete", "fails", "either"] = "complete"
    failure: str | None = None
    """The failure_type of the error, when it fails."""
    limit: float = 300.0
    """Seconds a run may take."""
    later: tuple[float, ...] = ()
    """Seconds to wait before each further run, which starts from the last STATE."""
    says: str | None = None
    """A pattern that a log line of the package must match."""
    repeats: bool = False
    """The service leads back to earlier rows, or stops sorting, so that a window is read again: the
    package may emit rows twice, too."""
    known_limit: Limit | None = None
    cdk_words: bool = False
    """The manifest can only fail with a message of the CDK's, which is not checked."""
    word: str | None = None
    """What the table says when all is well, if the exit code does not say it."""
    unreachable: bool = False
    """Nothing listens at the base URL of the first run."""
    reader: Reader = FAST
    """How the first run's output is read."""
    signal: Literal["SIGKILL", "SIGTERM"] | None = None
    """Sent to the first run at a random moment."""
    state: Mapping[str, Any] | None = None
    """The state of each stream in the first run. An error must be about it, and ends the trial."""
    since: str | None = None
    """Rows after this moment are expected, none older; by default all since the start date."""
    check_first: bool = False
    """Run `check` too: it may print most of a token that it does not accept."""
    over_within: float | None = None
    """Seconds between the first TRACE ERROR and the end of the process, at most."""
    trials: Mapping[Runtime, int] = field(default_factory=lambda: dict.fromkeys(RUNTIMES, 1))
    """How often it is run."""
    debug: bool = False
    slow: bool = False
    """Mostly waits, up to ten minutes."""

    @property
    def label(self) -> str:
        return f"{self.group}/{self.name}"


_FIELDS = {each.name for each in fields(Scenario)}
_VALIDATED = TypeAdapter(Scenario)


def loaded(*files: str) -> Iterator[Scenario]:
    """The scenarios of these files, in their order.

    A key that is no field of `Scenario` is an option of the sandbox. `every` applies to all scenarios
    of a group.
    """
    place = 0
    for file in files:
        path = Path(__file__).parent / "scenarios" / f"{file}.yaml"
        groups = yaml.safe_load(path.read_bytes())
        groups.pop("definitions", None)
        for group, content in groups.items():
            for name, given in content["scenarios"].items():
                values = {**content.get("every", {}), **(given or {})}
                options = {key: values.pop(key) for key in values.keys() - _FIELDS}
                row = {"group": group, "name": name, "title": content["title"], "place": place}
                yield _VALIDATED.validate_python({**values, **row, "options": options})
                place += 1
