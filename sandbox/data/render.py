"""Rows as JSON: an id and times in front of a template, which is made once for a name and a member.

A page must cost its server little, or the sandbox would be what a measurement measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from sandbox.data.community import Values, member_id
from sandbox.data.models import Scene, instance, undocumented
from sandbox.data.numbers import Ints, from_iso, salt, words
from sandbox.data.world import STREAMS, Timeline
from sandbox.options import Options
from source_circle_events.schemas.event_types import event_types

_NUMPY: Mapping[str, Any] = {"seconds": "s", "milliseconds": "ms", "microseconds": "us"}
_DEVICE = ("browser_name", "os_family", "os_name", "device_type", "device_name", "device_brand")
_DEVICES = (
    ("Chrome", "Mac OS X", "Mac", "desktop", "Mac", "Apple"),
    ("Chrome Mobile", "Android", "Android", "smartphone", "Pixel 8", "Google"),
    ("Firefox", "Windows", "Windows", "desktop", None, None),
    ("Mobile Safari", "iOS", "iOS", "tablet", "iPad", "Apple"),
)
_PLACE = ("country", "country_code", "city")
_PLACES = (("Germany", "DE", "Leipzig"), ("Brazil", "BR", "São Paulo"), ("Japan", "JP", "Osaka"))


class Renderer:
    """How one stream's rows look under these options."""

    def __init__(self, timeline: Timeline, options: Options) -> None:
        self._timeline, self._options = timeline, options
        self._resolution = _NUMPY[options.text_resolution or options.resolution]
        self._shift = from_iso("1970-01-01") - from_iso(f"1970-01-01T00:00{options.offset}")
        seed, key = timeline.stream.seed, timeline.stream.key
        self._keys = salt(seed, key, "id"), salt(seed, key, "id, second half")
        self._values = {"events": _event, "member_visits": _visit}.get(key, _tracker)
        self._models = {kind.name: kind.models for kind in event_types(STREAMS[key])}
        self._template = cache(self._made)

    def records(self, numbers: Ints) -> list[str]:
        line = self._timeline
        rows = line.rows[numbers]
        columns = (
            self.ids(numbers),
            self.times(line.triggered(numbers)),
            self.times(line.stored[numbers]),
            map(self._template, rows["name"].tolist(), rows["member"].tolist()),
        )
        shape = '{"id":"%s","triggered_at":"%s","created_at":"%s",%s'
        return [shape % row for row in zip(*columns, strict=True)]

    def ids(self, numbers: Ints) -> list[str]:
        """UUIDs. 120 bits of chance a row: two rows with one id are out of the question."""
        halves = (words(numbers, key).tolist() for key in self._keys)
        digits = [f"{a:016x}{b:016x}" for a, b in zip(*halves, strict=True)]
        return [f"{d[:8]}-{d[8:12]}-4{d[13:16]}-a{d[17:20]}-{d[20:]}" for d in digits]

    def times(self, moments: Ints) -> list[str]:
        """ISO 8601, as it stands in records."""
        local = (moments + self._shift).astype("M8[us]")
        texts = np.datetime_as_string(local, unit=self._resolution).tolist()
        return [text + self._options.offset for text in texts]

    def warm(self) -> None:
        """Make the templates of all rows there are: the first reader is served like the second."""
        rows = self._timeline.rows
        for name, member in set(zip(rows["name"].tolist(), rows["member"].tolist(), strict=True)):
            self._template(name, member)

    def _made(self, name: int, member: int) -> str:
        stream = self._timeline.stream
        scene = Scene(stream.seed, stream.names[name], member, stream.since)
        models = self._models.get(scene.name, {})
        objects: dict[str, Values] = {key: instance(model, scene) for key, model in models.items()}
        values = self._values(scene, objects)
        if self._options.undocumented:
            inside: Any = values.get("payload", values.get("properties", values))
            inside.update(undocumented(scene))
            values.update({"source": scene.rng.choice(("web", "ios")), "sequence": scene.number(1)})
        return msgspec.json.encode(values)[1:].decode()


def _event(scene: Scene, objects: dict[str, Values]) -> Values:
    return {"name": scene.name, "version": "1", "payload": objects}


def _visit(scene: Scene, _: dict[str, Values]) -> Values:
    return {
        "community_member_id": member_id(scene.member),
        "community_member": instance("CommunityMember", scene),
    }


def _tracker(scene: Scene, objects: dict[str, Values]) -> Values:
    who = scene.member
    seen = salt(scene.seed, "page view", who)
    device, place = _DEVICES[who % len(_DEVICES)], _PLACES[who % 7 % len(_PLACES)]
    return {
        "name": scene.name,
        "initiator": {key: value for key, value in objects["initiator"].items() if key != "type"},
        "properties": {
            **dict(zip(_DEVICE, device, strict=True)),
            **dict(zip(_PLACE, place, strict=True)),
            "browser_version": f"{110 + who % 20}.0",
            "browser_family": str(device[0]).split()[0],
            "os_version": f"{10 + who % 7}.{who % 3}",
            "device": device[4],
            "device_id": str(UUID(int=salt(scene.seed, "device", who) << 64, version=4)),
            "is_bot": who % 211 == 210,
            "is_mobile": "smartphone" in device,
            "is_tablet": "tablet" in device,
            "is_desktop": "desktop" in device,
            "duration": 3 + scene.rng.randrange(600) if scene.name == "PageExit" else None,
            "app_type": "web" if "desktop" in device else "mobile_web",
            "platform": "web",
            "page_view_id": str(UUID(int=seen << 64, version=4)),
            "post_id": scene.rng.choice((scene.post, None)),
            "space_id": scene.space.id,
            "community_id": 5_151,
            "community_member_id": member_id(who),
            "ahoy_visitor": str(UUID(int=salt(scene.seed, "visitor", who) << 64, version=4)),
        },
    }
