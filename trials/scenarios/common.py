"""What several groups of scenarios share."""

from typing import Any

from trials.scenario import Scenario

MIDWAY = "after=5"
"""Of a fault: so many requests go well."""
BRIEF = {"start_date": "{recently}"}
"""Two days only. A manifest asks for each window anew for two minutes before it gives up, and has as
many windows as workers: with few, a service that is gone for good is a matter of minutes."""
BRIEFLY = "after=2"
"""What `MIDWAY` is to a sync of two days."""

AWAY: dict[str, Any] = {
    "config": BRIEF,
    "expect": "fails",
    "failure": "transient_error",
    "slow": True,
    "limit": 1200,
}
"""What is due when the service does not come back: minutes of trying, then an error."""
AWAY_TO_THE_CDK = {**AWAY, "cdk_words": True}
REFUSED: dict[str, Any] = {"expect": "fails", "failure": "config_error"}
WRONG: dict[str, Any] = {"expect": "fails", "failure": "system_error"}


def faulty(group: str, name: str, *faults: str, **how: Any) -> Scenario:
    options = {"fault": [*faults], **how.pop("options", {})}
    return Scenario(group, name, options, **how)
