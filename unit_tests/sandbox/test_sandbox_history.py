"""The community is the same for a seed, believable, and grows with the service's clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from asking import NOON, SMALL, Asker, ids

from sandbox import Options, Sandbox
from source_circle_events.schemas.catalogue import event_types

_MODELS = Path(__file__).parents[2] / "source_circle_events" / "schemas" / "models"


def _at(moment: str) -> float:
    """The clock offset that makes it this moment now."""
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()


@pytest.fixture
def fresh() -> Iterator[Asker]:
    """A sandbox whose clock stands just before the end of its history: nothing has grown yet."""
    with Sandbox(SMALL.changed({"clock_offset": _at(NOON) - 10})) as api:
        yield Asker(api)


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


def test_every_name_of_the_catalogue_comes_and_each_member_is_born_once() -> None:
    with Sandbox(Options(events=12_000, visits=0, tracker=0, until=NOON)) as api:
        records = [record for page in Asker(api).chain() for record in page]
    names = Counter(record["name"] for record in records)
    assert set(names) == {kind.name for kind in event_types()}
    assert names["post.liked"] > 20 * names["live_event.ended"]
    born = Counter(
        record["payload"]["community_member"]["id"]
        for record in records
        if record["name"] == "community_member.create"
    )
    assert len(born) >= 250
    assert set(born.values()) == {1}
    backfilled = [r for r in records if r["created_at"][:4] > r["triggered_at"][:4]]
    assert len(backfilled) > 100


def test_objects_are_of_the_documented_models_and_agree(ask: Asker) -> None:
    schemas = {path.stem: json.loads(path.read_text()) for path in _MODELS.glob("*.json")}
    validators = {
        name: jsonschema.Draft7Validator(schema | {"additionalProperties": False})
        for name, schema in schemas.items()
    }
    seen = set()
    for record in ask.page():
        payload = record["payload"]
        for value in payload.values():
            assert list(validators[value["type"]].iter_errors(value)) == []
            seen.add(value["type"])
        if "comment" in payload:
            assert payload["comment"]["post_id"] == payload["post"]["id"]
        for key in ("post", "event", "section", "space_member"):
            if key in payload and "space" in payload:
                assert payload[key]["space_id"] == payload["space"]["id"]
    assert seen == set(schemas)


def test_members_come_back(ask: Asker) -> None:
    visits = ask.page("member_visits")
    days: dict[str, set[int]] = {}
    for visit in visits:
        days.setdefault(visit["created_at"][:10], set()).add(visit["community_member_id"])
        assert visit["community_member"]["id"] == visit["community_member_id"]
    members = Counter(member for day in days.values() for member in day)
    assert max(members.values()) >= 5
    early, late = sorted(days)[:10], sorted(days)[-10:]
    assert sum(len(days[day]) for day in late) > sum(len(days[day]) for day in early)


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
        ask = Asker(api)
        pages = ask.chain(from_date=edge, to_date=edge)
        found = [identity for page in pages for identity in ids(page)]
        assert len(found) == len(set(found)) == 5000
        assert len(api.ids("member_visits", since=edge, until="2025-03-01T00:00:01Z")) == 3


def test_it_grows_with_the_clock_the_same_in_whatever_steps(fresh: Asker) -> None:
    before = fresh.api.ids()
    fresh.api.change(growth=900.0)
    for minutes in (1, 7, 30):
        fresh.api.change(clock_offset=_at(NOON) + 60 * minutes)
        assert 540 * minutes - 1 <= len(fresh.api.ids()) - len(before) < 541 * minutes + 30
    grown = {i: at for i, at in fresh.api.ids().items() if at < "2025-06-01T12:29:00"}
    new = fresh.page(created_at_gt=NOON)
    assert len({record["name"] for record in new}) > 20
    assert "community_member.create" in {record["name"] for record in new}
    with Sandbox(SMALL.changed({"growth": 900.0, "clock_offset": _at(NOON) + 3600})) as api:
        assert {i: at for i, at in api.ids().items() if at < "2025-06-01T12:29:00"} == grown


def test_growth_since_long_ago_is_refused() -> None:
    with pytest.raises(ValueError, match="growth"), Sandbox(SMALL.changed({"growth": 900.0})):
        pass


def test_growth_that_changes_leaves_what_was_there(fresh: Asker) -> None:
    fresh.api.change(growth=900.0)
    fresh.api.change(clock_offset=_at(NOON) + 600)
    before = fresh.api.ids()
    fresh.api.change(growth=0.0)
    fresh.api.change(clock_offset=_at(NOON) + 6000)
    after = fresh.api.ids()
    assert before.items() <= after.items()
    assert len(after) - len(before) < 20
    fresh.api.change(growth=60.0)
    fresh.api.change(clock_offset=_at(NOON) + 6600)
    new = [at for identity, at in fresh.api.ids().items() if identity not in after]
    assert 350 < len(new) < 370
    assert min(new) >= "2025-06-01T13:39"


def test_late_rows_come_with_the_created_at_they_had(fresh: Asker) -> None:
    fresh.api.change(growth=6000.0, lag="0.3:50")
    fresh.api.change(clock_offset=_at(NOON) + 600)
    since = {"created_at_gt": "2025-06-01T12:08:00Z", "sort": "oldest"}
    seen = {identity for page in fresh.chain(**since) for identity in ids(page)}
    stored = fresh.api.ids(since="2025-06-01T12:08:00.000001Z")
    hidden = {identity: at for identity, at in stored.items() if identity not in seen}
    assert 300 < len(hidden) < 600
    assert min(hidden.values()) > "2025-06-01T12:09:09"
    assert max(stored[identity] for identity in seen if identity in stored) > min(hidden.values())
    fresh.api.change(clock_offset=_at(NOON) + 660)
    seen = {identity for page in fresh.chain(**since) for identity in ids(page)}
    assert set(hidden) <= seen
    assert set(hidden) <= set(fresh.api.ids(visible=1))
