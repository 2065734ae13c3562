"""The past is the same for a seed, and believable: who did what when."""

from __future__ import annotations

from collections import Counter

from asking import NOON, SMALL, Asker

from sandbox import Options, Sandbox
from source_circle_events.schemas.catalogue import event_types


def test_a_seed_and_an_end_make_one_history(ask: Asker) -> None:
    with Sandbox(SMALL) as again, Sandbox(Options(events=900, seed=8, until=NOON)) as other:
        assert Asker(again).page() == ask.page()
        assert Asker(again).page("member_visits") == ask.page("member_visits")
        assert not set(other.ids()) & set(ask.api.ids())


def test_rows_lie_in_the_history_and_were_triggered_before_they_were_stored(ask: Asker) -> None:
    for stream in ("events", "member_visits", "analytics_tracker_events"):
        for record in ask.page(stream):
            assert record["triggered_at"] < record["created_at"] < NOON
            assert record["created_at"] >= "2025-04-02T12:00:00"


def test_members_come_back(ask: Asker) -> None:
    visits = ask.page("member_visits")
    days = {(visit["community_member_id"], visit["created_at"][:10]) for visit in visits}
    assert max(Counter(member for member, _ in days).values()) >= 5


def test_every_name_of_the_catalogue_comes_and_each_member_is_born_once() -> None:
    with Sandbox(Options(events=12_000, visits=0, tracker=0, until=NOON)) as api:
        records = [record for page in Asker(api).chain() for record in page]
    names = Counter(record["name"] for record in records)
    assert set(names) == {kind.name for kind in event_types()}
    assert names["post.liked"] > 20 * names["live_event.ended"]
    born = Counter(
        record["payload"]["initiator"]["id"]
        for record in records
        if record["name"] == "community_member.create"
    )
    assert len(born) >= 250
    assert set(born.values()) == {1}
    backfilled = [r for r in records if r["created_at"][:4] > r["triggered_at"][:4]]
    assert len(backfilled) > 100


def test_a_backfill_fills_one_hour() -> None:
    with Sandbox(Options(events=2_000, visits=0, tracker=0, until=NOON, hot_hour=0.6)) as api:
        records = Asker(api).page()
    hours = Counter(record["created_at"][:13] for record in records)
    hour, count = hours.most_common(1)[0]
    assert 1_100 < count < 1_300
    old = [
        r for r in records if r["created_at"][:13] == hour and r["triggered_at"][:10] < hour[:10]
    ]
    assert len(old) > 1_000


def test_rows_at_one_instant() -> None:
    edge = "2025-03-01T00:00:00Z"
    options = Options(
        events=100, visits=10, tracker=0, until=NOON, instant=(f"5000@{edge}", f"3@{edge}@visits")
    )
    with Sandbox(options) as api:
        found = Asker(api).rows(from_date=edge, to_date=edge)
        assert len(found) == len(set(found)) == 5000
        assert len(api.ids("member_visits", since=edge, until="2025-03-01T00:00:01Z")) == 3
