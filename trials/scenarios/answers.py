"""Answers with another status."""

from __future__ import annotations

from trials.scenario import Scenario
from trials.scenarios.common import AWAY, BRIEF, BRIEFLY, MIDWAY


def answers() -> list[Scenario]:
    passing = (500, 502, 503, 504, 408)
    scenarios = [
        Scenario(
            "answers",
            f"429, {header}",
            {"fault": [f"429,{MIDWAY},times=2,wait=6,header={header}"]},
            says=r"all workers pause for [6-9] s",
            limit=200,
            slow=True,
        )
        for header in ("retry-after", "retry-date", "reset", "reset-delta")
    ] + [
        Scenario(
            "answers",
            "500, 502, 503, 504 and 408 among the good ones",
            {"fault": [f"{status},after={4 * n},every=20" for n, status in enumerate(passing)]},
        )
    ]
    refusals = {
        401: "config_error",
        403: "config_error",
        404: "config_error",
        400: "system_error",
        422: "system_error",
        410: "system_error",
        451: "system_error",
    }
    for status, failure in refusals.items():
        if status in (401, 403, 404, 400):
            scenarios.append(
                Scenario(
                    "answers",
                    f"{status} at the start",
                    {"fault": [f"{status}"]},
                    BRIEF,
                    expect="fails",
                    failure=failure,
                )
            )
        scenarios.append(
            Scenario(
                "answers",
                f"{status} from midway on",
                {"fault": [f"{status},{MIDWAY}"]},
                expect="fails",
                failure=failure,
            )
        )
    return [
        *scenarios,
        Scenario(
            "answers",
            "429 without a hint, once",
            {"fault": [f"429,{MIDWAY},times=1"]},
            says=r"all workers pause for",
            limit=200,
            slow=True,
        ),
        Scenario(
            "answers",
            "429 without a hint, as the first answer",
            {"fault": ["429,times=1"]},
            limit=200,
            slow=True,
        ),
        Scenario(
            "answers",
            "429 in a burst of 12",
            {"fault": [f"429,{MIDWAY},times=12,wait=5"], "latency": 0.2},
            says=r"all workers pause",
            limit=400,
            slow=True,
        ),
        Scenario(
            "answers",
            "429 that asks for an hour",
            {"fault": [f"429,{MIDWAY},wait=3600"]},
            expect="fails",
            failure="transient_error",
            limit=900,
        ),
        Scenario(
            "answers",
            "429 that asks for an hour, as a date",
            {"fault": [f"429,{BRIEFLY},wait=3600,header=retry-date"]},
            BRIEF,
            cdk_words=True,
            limit=900,
            **AWAY,
        ),
        Scenario(
            "answers",
            "429 for ever",
            {"fault": [f"429,{BRIEFLY},wait=5"]},
            BRIEF,
            cdk_words=True,
            limit=1200,
            **AWAY,
        ),
        Scenario(
            "answers",
            "429 for ever without a hint",
            {"fault": [f"429,{BRIEFLY}"]},
            BRIEF,
            cdk_words=True,
            limit=1200,
            **AWAY,
        ),
        Scenario("answers", "a limit of 20 a minute", {"rate_limit": 20}, limit=400, slow=True),
        *(
            Scenario(
                "answers",
                name,
                {"fault": [fault]},
                BRIEF,
                limit=1200,
                **AWAY,
            )
            for name, fault in {
                "500 for ever, from the start": "500",
                "503 for ever, from midway on": f"503,{BRIEFLY}",
            }.items()
        ),
        Scenario(
            "answers",
            "401 amid 5,000 rows at one instant",
            {"instant": ["5000@{edge}"], "fault": [f"401,{MIDWAY}"]},
            expect="fails",
            failure="config_error",
        ),
    ]
