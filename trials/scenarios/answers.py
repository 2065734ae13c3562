"""Answers with another status."""

from __future__ import annotations

from functools import partial
from typing import Any

from trials.scenario import Scenario
from trials.scenarios.common import (
    AWAY,
    AWAY_TO_THE_CDK,
    BRIEF,
    BRIEFLY,
    MIDWAY,
    REFUSED,
    WRONG,
    faulty,
)

_answer = partial(faulty, "answers")
_PAUSES: dict[str, Any] = {"says": "all workers pause", "slow": True, "limit": 400}


def answers() -> list[Scenario]:
    passing = [f"{s},after={4 * n},every=20" for n, s in enumerate((500, 502, 503, 504, 408))]
    waiting = [
        _answer(
            f"429, {header}",
            f"429,{MIDWAY},times=2,wait=6,header={header}",
            **_PAUSES | {"says": r"all workers pause for [6-9] s"},
        )
        for header in ("retry-after", "retry-date", "reset", "reset-delta")
    ]
    return [
        *waiting,
        _answer("500, 502, 503, 504 and 408 among the good ones", *passing),
        *_refusals(),
        _answer("429 without a hint, once", f"429,{MIDWAY},times=1", **_PAUSES),
        _answer("429 without a hint, as the first answer", "429,times=1", slow=True),
        _answer(
            "429 in a burst of 8",  # the manifest gives a request up after six
            f"429,{MIDWAY},times=8,wait=5",
            options={"latency": 0.2},
            **_PAUSES,
        ),
        _answer(
            "429 that asks for an hour",
            f"429,{MIDWAY},wait=3600",
            expect="fails",
            failure="transient_error",
            limit=900,
        ),
        _answer(
            "429 that asks for an hour, as a date",
            f"429,{BRIEFLY},wait=3600,header=retry-date",
            **AWAY_TO_THE_CDK,
        ),
        _answer("429 for ever", f"429,{BRIEFLY},wait=5", **AWAY_TO_THE_CDK),
        _answer("429 for ever without a hint", f"429,{BRIEFLY}", **AWAY_TO_THE_CDK),
        Scenario("answers", "a limit of 20 a minute", {"rate_limit": 20}, limit=400, slow=True),
        _answer("500 for ever, from the start", "500", **AWAY),
        _answer("503 for ever, from midway on", f"503,{BRIEFLY}", **AWAY),
        _answer(
            "401 amid 5,000 rows at one instant",
            f"401,{MIDWAY}",
            options={"instant": ["5000@{edge}"]},
            **REFUSED,
        ),
    ]


def _refusals() -> list[Scenario]:
    due = {401: REFUSED, 403: REFUSED, 404: REFUSED} | dict.fromkeys((400, 422, 410, 451), WRONG)
    found = []
    for status, how in due.items():
        if status <= 404:
            found.append(_answer(f"{status} at the start", f"{status}", config=BRIEF, **how))
        found.append(_answer(f"{status} from midway on", f"{status},{MIDWAY}", **how))
    return found
