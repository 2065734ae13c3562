"""The manifest alone under bodies that are no page, or are written as few parsers expect.

All is read, or it fails loudly and the next sync reads the rest. The filters read a body leniently, the
decoder strictly, and gives nothing where it fails: one such page once ended its window early, with exit
0 and the state past the records that were not read.
"""

from __future__ import annotations

import pytest

from harness.streams import configured

RETRIED = ("html", "empty", "cut", "list", "no_events", "null_events")
"""Seen to be no page, and asked for again."""
READABLE = ("nan", "control", "pretty")
EVENTS = configured("events")


def test_given_strange_bodies_then_all_is_read(cloud, api):
    kinds = (*RETRIED, *READABLE)
    faults = [f"{kind},after={2 * n},times=1" for n, kind in enumerate(kinds, 1)]
    api.change(fault=faults, per_page_maximum=200)
    asked = api.stats()["requests"]

    read = cloud.run("read", api.config(), catalog=EVENTS)

    assert (read.code, read.errors) == (0, [])
    assert set(read.ids["events"]) == set(api.ids("events"))
    assert api.stats()["requests"] - asked > 2 * len(kinds) + 1


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("bad_byte", {1}),
        ("utf16", {1}),
        ("latin1", {0, 1}),  # 0 if the page has ASCII only
        ("bom", {0, 1}),  # retried, unless simplejson is installed, which reads it
    ],
)
def test_a_body_that_the_decoder_cannot_read_fails_and_the_next_sync_reads_the_rest(
    cloud, api, kind, codes
):
    api.change(fault=[f"{kind},after=2,times=1"])

    first = cloud.run("read", api.config(), catalog=EVENTS)
    assert first.code in codes
    assert any("not JSON in UTF-8" in e["message"] for e in first.errors) == (first.code == 1)
    assert api.token not in first.run.stdout.decode() + first.run.stderr

    second = cloud.run("read", api.config(), catalog=EVENTS, state=first.states.values())
    assert (second.code, second.errors) == (0, [])
    assert {*first.ids["events"], *second.ids["events"]} == api.ids("events").keys()
