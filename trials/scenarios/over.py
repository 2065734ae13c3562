"""A sync that has said why it fails is over, whatever is under way."""

from __future__ import annotations

from trials.scenario import Limit, Scenario

_WAITS = Limit("the CDK waits for requests under way", r"still running|after its TRACE ERROR")


def over() -> list[Scenario]:
    return [
        Scenario(
            "over",
            f"401 for events while the others {what}",
            {
                "latency": 0.3,
                "fault": [
                    "401,stream=events,after=2",
                    f"{fault},stream=member_visits",
                    f"{fault},stream=analytics_tracker_events",
                ],
            },
            expect="fails",
            failure="config_error",
            over_within=2.0,
            limit=120,
            beyond_manifest=_WAITS,
        )
        for what, fault in {"hang": "hang", "trickle": "trickle,pace=0.5"}.items()
    ]
