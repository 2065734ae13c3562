"""Fields the vendor never wrote about, as a service that goes on being developed would send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.data.models import Values, instance
from sandbox.data.scene import Scene
from sandbox.data.templates import Change


def _top_level(values: Values, scene: Scene) -> None:
    values["source"] = scene.dice.pick(("web", "ios", "android"))
    values["sequence"] = scene.number(1)


def _holder(values: Values) -> Values:
    """The open object of a record: `payload`, `properties`, or the record itself."""
    for key in ("payload", "properties"):
        found = values.get(key)
        if isinstance(found, dict):
            return found
    return values


def _new_model(values: Values, scene: Scene) -> None:
    _holder(values)["workflow"] = {
        "type": "Workflow",
        "id": scene.number(1),
        "title": "Welcome",
        "enabled": True,
    }


def _nested(values: Values, scene: Scene) -> None:
    lead = {"since": scene.published, "person": instance("CommunityMember", scene)}
    team = {"type": "Team", "name": "Hosts", "lead": lead, "spaces": [instance("Space", scene)]}
    _holder(values)["context"] = {"depth": {"team": team}}


def _varying(values: Values, scene: Scene) -> None:
    _holder(values)["score"] = scene.dice.pick((7, 7.5, "seven", None, True, {"of": 10}, [7]))


KINDS: Mapping[str, Change] = {
    "top_level": _top_level,
    "new_model": _new_model,
    "nested": _nested,
    "varying": _varying,
}


def changes(kinds: Sequence[str]) -> list[Change]:
    """What to do to each record; `all` is every kind."""
    for kind in kinds:
        if kind not in KINDS and kind != "all":
            raise ValueError(f"undocumented: {kind!r} is neither `all` nor of {', '.join(KINDS)}")
    return [change for kind, change in KINDS.items() if kind in kinds or "all" in kinds]
