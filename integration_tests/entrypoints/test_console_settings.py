"""What settings do to what is read.

- `personal_data`: of 40,000 records, no member can be told from the text of the whole output.
- Selected names come, and nothing else, whether or not the service filters.
- What is empty, or has blanks around it, is as if it was not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from harness.protocol import Message
from harness.streams import ENDPOINTS, configured
from integration_tests.entrypoints.conftest import in_shell, rows_of
from sandbox import Options, Sandbox
from sandbox.data.community import FIRST, LAST, member, member_id

OPTIONS = Options(events=30_000, visits=5_000, tracker=5_000, days=365)
MEMBERS = 1_000
HASH = {"personal_data": "hash", "hash_key": "a key of sixteen letters and more"}


@pytest.fixture(scope="module")
def community() -> Iterator[Sandbox]:
    with Sandbox(OPTIONS) as running:
        yield running


def emails(value: object) -> Iterator[tuple[int, str]]:
    """A member's id and e-mail wherever both stand, however deep."""
    if isinstance(value, dict):
        if value.get("type") == "CommunityMember" and "email" in value:
            yield value["id"], value["email"]
        for inner in value.values():
            yield from emails(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from emails(inner)


def people_in(messages: list[Message]) -> list[str]:
    """E-mails, full names and uids of members that can be read in the messages, as text."""
    text = json.dumps(messages, ensure_ascii=False)
    strings = "\n".join(set(re.findall(r'"((?:[^"\\]|\\.)*)"', text)))
    known = [member(OPTIONS.seed, number) for number in range(MEMBERS)]
    names = rf"(?:{'|'.join(FIRST)})[ ._-]+(?:{'|'.join(LAST)})"
    found = {word for word in re.findall(r"[\w.@]+", strings) if "@" in word}
    found |= set(re.findall(names, strings, re.IGNORECASE))
    found |= {str(who["public_uid"]) for who in known} & set(re.findall(r"\w+", strings))
    return sorted(found)


def test_kept_they_can_be_read(console, community):
    """Or else the two tests below would search for the wrong thing."""
    kept = console.run("read", community.config(), catalog=configured("tracker_events"))
    found = set(people_in(kept.messages))
    who = dict(emails(rows_of(kept)))
    uids = {member(OPTIONS.seed, n)["public_uid"] for n in range(MEMBERS) if member_id(n) in who}
    assert {*who.values(), *uids} <= found
    assert any(" " in one for one in found)


@pytest.mark.parametrize("setting", [HASH, {"personal_data": "drop"}])
def test_hashed_or_dropped_nobody_can_be_read(console, community, setting):
    output = console.run("read", community.config() | setting, catalog=configured())
    assert output.records > 39_000
    assert people_in(output.messages) == []
    hashed = set(emails(rows_of(output)))
    if setting is HASH:
        assert len(hashed) > MEMBERS / 2
        assert len({number for number, _ in hashed}) == len(hashed)
        assert len({value for _, value in hashed}) == len(hashed)
    else:
        assert not hashed


@pytest.mark.parametrize("name_filter", ["honoured", "ignored"])
def test_selected_names_and_nothing_else(api, console, name_filter):
    api.change(name_filter=name_filter)
    names = {"events": ["post.liked", "spaces.joined"], "tracker_events": ["PageExit"]}
    selected = {"event_types": names["events"], "tracker_event_types": names["tracker_events"]}
    output = console.run("read", api.config() | selected, catalog=configured(*names))
    assert (output.code, output.errors) == (0, [])
    for stream, wanted in names.items():
        assert sorted(output.ids[stream]) == sorted(api.ids(ENDPOINTS[stream], names=wanted))
        assert output.ids[stream]


def test_given_spaces_and_empty_settings_then_they_are_as_if_not_there(console, api):
    """The check's config comes by a pipe, which can be read once."""
    settings = api.config() | {
        "api_token": f" {api.token}\n",
        "start_date": " 2020-01-01 ",
        "num_workers": "",
        "settling_period": " PT1M ",
        "lookback_window": "\n",
        "event_types": " ",
        "events_path": " /events/ ",
        "personal_data": None,
        "tracker_event_types": [],
    }
    piped = in_shell(console, 'cat "$4" | "$1" "$2" "$3" /dev/stdin')
    assert piped.run("check", settings).status == ("SUCCEEDED", "")

    read = console.run("read", settings, catalog=configured())
    assert (read.code, read.records) == (0, 7_000)
