"""A scenario: how the service behaves, what a sync must make of it; and what a trial of it found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.process import FAST, Reader

Expectation = Literal["complete", "fails", "either"]
Runtime = Literal["package", "manifest"]
Outcome = Literal["holds", "limit", "BROKEN"]
RUNTIMES: tuple[Runtime, ...] = ("package", "manifest")


@dataclass(frozen=True)
class Limit:
    """What the manifest alone cannot hold: shown in the table in place of a failure."""

    why: str
    shows: str
    """A pattern for what is then wrong. Whatever else goes wrong is no limit but a defect."""


@dataclass(frozen=True)
class Scenario:
    """`{...}` in texts of options, config, state and since stands for a place of the world, or of the
    trial: see `World.places`."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012  (also of `Reader` and `Limit` in it)

    group: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """The sandbox's, on top of the common community."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """On top of token, URL and start date."""
    title: str = ""
    """The group's, in the table."""
    expect: Expectation = "complete"
    failure: str | None = None
    """The failure_type a user is to be told, when it fails."""
    limit: float = 300.0
    """Seconds a run may take; more is a hang."""
    later: tuple[float, ...] = ()
    """Seconds after which further runs follow, each from the last STATE: for a service that grows."""
    says: str | None = None
    """A pattern that a log line of the package must match."""
    repeats: bool = False
    """The service leads back into what was read: rows may leave twice, from the package too."""
    beyond_manifest: Limit | None = None
    cdk_words: bool = False
    """The manifest can fail in the words of the CDK only: they are not held to the invariants."""
    word: str | None = None
    """What the table says of it when it holds, if not what the exit code says."""
    nobody: bool = False
    """Nobody listens where the first run looks for the service."""
    reader: Reader = FAST
    """How the first run's output is read."""
    signal: Literal["SIGKILL", "SIGTERM"] | None = None
    """What the first run is sent at a random moment."""
    state: Mapping[str, Any] | None = None
    """What each stream is given in the first run. An error must be about it, and ends the trial."""
    since: str | None = None
    """After which moment rows are due, and none older; otherwise from the start date on."""
    check_first: bool = False
    """`check` is asked too: it prints most of a token that is not taken as it is."""
    abandons: bool = False
    """A read before the first run, in the same process, is left after its first records."""
    over_within: float | None = None
    """Seconds from the first TRACE ERROR on, after which the process must be gone."""
    trials: Mapping[Runtime, int] = field(default_factory=lambda: dict.fromkeys(RUNTIMES, 1))
    """How many are made of it."""
    debug: bool = False
    slow: bool = False
    """Mostly waits, up to ten minutes: started first and beside the others; not by `--quick`."""

    @property
    def label(self) -> str:
        """By which it is chosen and told."""
        return f"{self.group}/{self.name}"


@dataclass(frozen=True)
class Verdict:
    scenario: Scenario
    runtime: Runtime
    wrong: tuple[str, ...]
    exits: tuple[int, ...] = ()
    records: int = 0
    requests: int = 0
    seconds: float = 0.0
    message: str = ""
    """The first thing a user was told, if the first run failed."""
    under: str = ""
    """The column of the table: the runtime, or the CDK."""

    @property
    def outcome(self) -> Outcome:
        """A limit excuses what it was declared to show, and nothing else: a trial that could not
        start, or a token that got out, is broken whatever was declared."""
        limit = self.scenario.beyond_manifest if self.runtime == "manifest" else None
        if limit and all(re.search(limit.shows, wrong) for wrong in self.wrong):
            return "limit"
        return "BROKEN" if self.wrong else "holds"

    @property
    def word(self) -> str:
        """What the table says."""
        if self.outcome == "limit" and self.scenario.beyond_manifest:
            return f"limit: {self.scenario.beyond_manifest.why}"
        if self.wrong:
            return f"BROKEN: {self.wrong[0]}"
        if self.scenario.word or not self.exits[0]:
            return self.scenario.word or "complete"
        resumed = len(self.exits) > 1
        if self.runtime == "manifest" and self.scenario.cdk_words:
            return f"fails in the CDK's words{', then resumes' if resumed else ''}"
        return f"fails, {'then resumes' if resumed else 'says so'}"
