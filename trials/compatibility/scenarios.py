"""What is tried under each version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

TOKEN = "t0ken-that-nobody-may-see"
Due = Literal["complete", "loud", "either"]
"""`loud`: fails, and the next read, once the trouble is over, brings what is missing."""
Body = Callable[[str], bytes]


@dataclass(frozen=True)
class Scenario:
    name: str
    due: Due = "complete"
    ignored: tuple[str, ...] = ()
    """Parameters that the service does not honour."""
    body: Body | None = None
    """What it sends in place of a page, from the page's text."""
    where: int = 50
    """Which page is struck: the one with the record at so many hundredths of the list."""
    charset: str = ""
    """Added to the content type."""
    status: int = 0
    """Sent in place of a page, for events only, `times` times."""
    times: int = 1_000_000
    config: Mapping[str, object] = field(default_factory=dict)
    says: str = ""
    """What one of the messages must contain."""
    needs_config: bool = False
    """It is cured by the config, so the second read gets the right one."""


def _cut(text: str) -> bytes:
    return text.encode()[: len(text) // 2]


def _one_byte(text: str) -> bytes:
    return text.encode().replace("é".encode(), b"\xe9", 1)


def _surrogate(text: str) -> bytes:
    return text.replace("é", "\\ud800", 1).encode()


READINGS = [
    Scenario("as documented"),
    Scenario("created_at_gt ignored", ignored=("created_at_gt",)),
    Scenario("base_timestamp ignored", ignored=("base_timestamp",)),
    Scenario("sort ignored", ignored=("sort",)),
    Scenario("all three ignored", ignored=("created_at_gt", "base_timestamp", "sort")),
]
BODIES = [
    Scenario("HTML", "loud", body=lambda _: b"<html>busy</html>", says="no page of the Data API"),
    Scenario("empty body", "loud", body=lambda _: b"", says="no page of the Data API"),
    Scenario("cut JSON", "loud", body=_cut, says="no page of the Data API"),
    Scenario("no events", "loud", body=lambda _: b'{"pagination": {}}'),
    Scenario("events: null", "loud", body=lambda _: b'{"pagination": {}, "events": null}'),
    Scenario("a list", "loud", body=lambda _: b"[]"),
    Scenario("one bad byte, early", "loud", body=_one_byte, where=5, says="not JSON in UTF-8"),
    Scenario("one bad byte, late", "loud", body=_one_byte, where=99, says="not JSON in UTF-8"),
    Scenario(
        "latin-1, named",
        "loud",
        body=lambda text: text.encode("latin-1"),
        charset="; charset=iso-8859-1",
    ),
    Scenario("latin-1, not named", "loud", body=lambda text: text.encode("latin-1")),
    Scenario("UTF-16 LE", "loud", body=lambda text: text.encode("utf-16-le")),
    Scenario(
        "UTF-16 BE, named",
        "loud",
        body=lambda text: text.encode("utf-16-be"),
        charset="; charset=utf-16-be",
    ),
    Scenario("UTF-8 with a byte-order mark", "either", body=lambda text: text.encode("utf-8-sig")),
    Scenario("lone surrogate", "either", body=_surrogate),
    Scenario("NaN", "either", body=lambda text: text.replace('"café"', "NaN", 1).encode()),
    Scenario("control character", "either", body=lambda text: text.replace("é", "\t", 1).encode()),
]
ANSWERS = [
    Scenario("401", "loud", config={"api_token": "wrong"}, says="(401)", needs_config=True),
    Scenario(
        "404", "loud", config={"events_path": "nowhere"}, says='"events_path"', needs_config=True
    ),
    Scenario("403", "loud", status=403, says="(403)"),
    Scenario("429, then good", status=429, times=2),
    Scenario("500, then good", status=500, times=3),
]
SETTINGS = [
    Scenario("another path", config={"events_path": "/events/"}),
    Scenario("num_workers 10.0", config={"num_workers": 10.0}),
    Scenario(r"token with \n", config={"api_token": f"{TOKEN}\n"}),
    Scenario(r"token with \r\n", config={"api_token": f"{TOKEN}\r\n"}),
    Scenario("token with blanks", config={"api_token": f"  {TOKEN} "}),
    Scenario(r"token with \n inside", config={"api_token": f"{TOKEN[:5]}\n{TOKEN[5:]}"}),
]
GROUPS = {
    "Readings of the API": READINGS,
    "Bodies with status 200": BODIES,
    "Other answers": ANSWERS,
    "Settings": SETTINGS,
}
