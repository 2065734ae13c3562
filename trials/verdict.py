"""What a trial found: does it hold, is it a declared limit, or is something broken?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from trials.scenario import Runtime, Scenario

Outcome = Literal["holds", "limit", "BROKEN"]


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
        if self.runtime == "manifest" and self.scenario.cdk_words:
            return "fails in the CDK's words, then resumes"
        return "fails, then resumes"
