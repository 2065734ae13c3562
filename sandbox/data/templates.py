"""The part of a record that does not change with time: who did what, as JSON, made once each.

A thousand members times 35 names are 35,000 templates, some 15 MB when all were asked for; a
record is then a template with its id and times put in front.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from sandbox.data.models import Values, instance
from sandbox.data.names import Name
from sandbox.data.people import member_id
from sandbox.data.rng import salt
from sandbox.data.scene import Scene

Change = Callable[[Values, Scene], None]
"""Something done to a finished record, as undocumented fields are added."""

_DEVICES = (
    ("Chrome", "Mac OS X", "desktop", "Mac", "Apple"),
    ("Safari", "iOS", "smartphone", "iPhone", "Apple"),
    ("Chrome Mobile", "Android", "smartphone", "Pixel 8", "Google"),
    ("Firefox", "Windows", "desktop", None, None),
    ("Mobile Safari", "iOS", "tablet", "iPad", "Apple"),
)
_PLACES = (
    ("Germany", "DE", "Leipzig"),
    ("United States", "US", "Portland"),
    ("Brazil", "BR", "São Paulo"),
    ("Japan", "JP", "Osaka"),
    ("Nigeria", "NG", "Lagos"),
)


class Templates(dict[int, bytes]):
    """By name and member, made when first asked for."""

    def __init__(
        self, stream: str, names: Sequence[Name], seed: int, since: int, changes: Sequence[Change]
    ) -> None:
        super().__init__()
        self._names, self._seed, self._since, self._changes = names, seed, since, changes
        self._values = {"events": _event, "member_visits": _visit}.get(stream, _tracker)

    def __missing__(self, key: int) -> bytes:
        name = self._names[key >> 32]
        scene = Scene(self._seed, name.text, key & 0xFFFFFFFF, self._since)
        values = self._values(name, scene)
        for change in self._changes:
            change(values, scene)
        self[key] = template = msgspec.json.encode(values)[1:]
        return template


def _event(name: Name, scene: Scene) -> Values:
    payload = {key: instance(model, scene) for key, model in name.models.items()}
    return {"name": name.text, "version": "1", "payload": payload}


def _visit(_: Name, scene: Scene) -> Values:
    return {
        "community_member_id": member_id(scene.member),
        "community_member": instance("CommunityMember", scene),
    }


def _tracker(name: Name, scene: Scene) -> Values:
    browser, system, device, model, brand = _DEVICES[scene.member % len(_DEVICES)]
    country, code, city = _PLACES[scene.member % 7 % len(_PLACES)]
    visitor = UUID(int=salt(scene.seed, "visitor", scene.member) << 64 | 1 << 63, version=4)
    seconds = 3 + scene.dice.below(600)
    return {
        "name": name.text,
        **{key: instance(model, scene) for key, model in name.models.items()},
        "community_member_id": member_id(scene.member),
        "space_id": scene.space.id,
        "post_id": scene.post if scene.dice.below(2) else None,
        "properties": {
            "browser_name": browser,
            "browser_version": f"{110 + scene.member % 20}.0",
            "browser_family": browser.split()[0],
            "os_family": system,
            "device_type": device,
            "device_name": model,
            "device_brand": brand,
            "is_bot": scene.member % 211 == 210,
            "is_mobile": device == "smartphone",
            "is_tablet": device == "tablet",
            "is_desktop": device == "desktop",
            "country": country,
            "country_code": code,
            "city": city,
            "duration": seconds if name.text == "PageExit" else None,
            "app_type": "web" if device == "desktop" else "mobile_web",
            "platform": "web",
            "community_id": 5_151,
            "community_member_id": member_id(scene.member),
            "ahoy_visitor": str(visitor),
        },
    }
