"""Late rows, a growing service, clocks that disagree."""

from __future__ import annotations

from trials.scenario import Limit, Scenario

_CLOCK = Limit(
    "no service's clock to go by: keep this machine's right, or set a longer settling_period",
    r"lost|records ahead",
)


def time() -> list[Scenario]:
    lag = {"lag": "0.3:50", "growth": 600.0}
    return [
        Scenario("time", "rows visible up to 50 s late", lag, later=(30, 30), slow=True),
        Scenario(
            "time",
            "rows visible up to 50 s late, in seconds",
            {**lag, "resolution": "seconds"},
            later=(30, 30),
            slow=True,
        ),
        Scenario("time", "grows while it is read", {"growth": 6000.0, "latency": 0.3}, later=(20,)),
        Scenario(
            "time",
            "grows while it is read, latest first",
            {"growth": 6000.0, "latency": 0.3, "sort": "latest"},
            later=(20,),
        ),
        Scenario(
            "time",
            "grows while it is read, sort and bounds ignored",
            {
                "growth": 6000.0,
                "latency": 0.3,
                "sort": "latest",
                "base_timestamp": "ignored",
                "created_at_gt": "ignored",
            },
            later=(20,),
            limit=1200,
            slow=True,
        ),
        *(
            Scenario(
                "time",
                f"the service's clock {abs(offset)} s {'ahead' if offset > 0 else 'behind'}",
                {**lag, "clock_offset": float(offset)},
                later=(30, 30),
                slow=True,
                beyond_manifest=_CLOCK if offset < 0 else None,
            )
            for offset in (300, 100, -30, -100, -300)
        ),
    ]
