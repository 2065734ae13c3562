"""One scenario under one version: what came, and whether that is what was due."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.connector import Connector
from harness.protocol import Output, last_states
from harness.streams import MANIFEST, configured
from trials.compatibility.scenarios import TOKEN, Scenario
from trials.compatibility.service import ENDPOINTS, Service, served

_LIMIT = 300.0


@dataclass(frozen=True)
class Verdict:
    word: str
    """`complete`, or `loud` for a read that failed and could be continued."""
    wrong: tuple[str, ...] = ()


def tried(scenario: Scenario, binaries: Path, folder: Path) -> Verdict:
    injected = {"__injected_declarative_manifest": MANIFEST}
    connector = Connector([binaries / "source-declarative-manifest"], folder, injected)
    with served(scenario) as service:
        right = {"api_token": TOKEN, "base_url": service.url, "start_date": "2025-01-01"}
        first = connector.attempt(
            "read", right | scenario.config, catalog=configured(), limit=_LIMIT
        )
        wrong = [*_leaks(first), *_untrue(scenario, first)]
        failed = first.code != 0
        if not failed and (scenario.ignored or scenario.config or scenario.body or scenario.status):
            return Verdict("complete", (*wrong, *_short(service, [first])))
        service.mended = failed
        config = right if scenario.needs_config else right | scenario.config
        again = connector.attempt(
            "read",
            config,
            catalog=configured(),
            state=last_states([first]),
            limit=_LIMIT,
        )
        wrong += [*_leaks(again), *_short(service, [first] if not failed else [first, again])]
        if again.code:
            wrong.append(f"the next read ended with {again.code}")
        if not failed and again.records > len(ENDPOINTS):
            wrong.append(f"the next read brought {again.records} records anew")
        return Verdict("loud" if failed else "complete", tuple(wrong))


def _leaks(output: Output) -> list[str]:
    text = output.run.stdout.decode(errors="replace") + output.run.stderr
    halves = (TOKEN, TOKEN[5:])  # one of them is what a broken line leaves
    return ["the token was printed"] if any(half in text for half in halves) else []


def _untrue(scenario: Scenario, first: Output) -> list[str]:
    if first.run.hung:
        return [f"still running after {_LIMIT:.0f} s"]
    wrong = []
    if (first.code == 0) != (scenario.due == "complete") and scenario.due != "either":
        wrong.append(f"exit {first.code} where {scenario.due} was due")
    if bool(first.code) != bool(first.errors):
        wrong.append(f"exit {first.code} with {len(first.errors)} errors told")
    told = " ".join(f"{e['message']} {e.get('internal_message')}" for e in first.errors)
    if scenario.says not in told:
        wrong.append(f"nothing says {scenario.says!r}")
    return wrong


def _short(service: Service, outputs: list[Output]) -> list[str]:
    wrong = []
    for stream in ENDPOINTS:
        got = {identity for output in outputs for identity in output.ids.get(stream, ())}
        if missing := service.ids(stream) - got:
            wrong.append(f"{len(missing)} of {len(service.ids(stream))} {stream} lost")
    return wrong
