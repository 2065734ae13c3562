"""Malformed records are always the same rows; rows come late, vanish and surface as they are told to."""

from __future__ import annotations

import pytest
from asking import NOON, Asker, at, ids

from sandbox.faults.records import MALFORMED


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_records_are_always_the_same_rows(ask: Asker, kind: str) -> None:
    plain = {record["id"]: record for record in ask.page()}
    ask.api.change(odd=[f"{kind},every=300,first=7"])
    malformed, records = ask.api.malformed()[kind], ask.page()
    assert len(malformed) == 3
    assert len(records) == len(plain)
    assert sum(record not in plain.values() for record in records) == 3
    gone = set(plain) - {record.get("id") for record in records if isinstance(record, dict)}
    assert gone == (set(malformed) if kind in ("no_id", "null_id", "not_an_object") else set())


def test_late_rows_come_with_the_created_at_they_had(fresh: Asker) -> None:
    fresh.api.change(growth=6000.0, lag="0.3:50")
    fresh.api.change(clock_offset=at(NOON) + 600)
    since = {"created_at_gt": "2025-06-01T12:08:00Z", "sort": "oldest"}
    seen = set(fresh.rows(**since))
    stored = fresh.api.ids(since="2025-06-01T12:08:00.000001Z")
    hidden = {identity: at for identity, at in stored.items() if identity not in seen}
    assert 300 < len(hidden) < 600
    assert min(hidden.values()) > "2025-06-01T12:09:09"
    assert max(stored[identity] for identity in seen if identity in stored) > min(hidden.values())
    fresh.api.change(clock_offset=at(NOON) + 660)
    assert set(hidden) <= set(fresh.rows(**since))


def test_rows_vanish_while_the_list_is_read(ask: Asker) -> None:
    ask.api.change(delete="0.2")
    read = ask.rows(per_page=100, sort="oldest")
    truth, stayed = ask.api.ids(), ask.api.ids(throughout=1)
    assert 650 < len(stayed) < 800
    assert read[:100] == list(truth)[:100]  # as it was until then
    assert len(set(stayed) - set(read)) > 50  # skipped by an offset that counts what is left
    assert stayed.items() <= truth.items()
    assert set(ids(ask.page())) == set(stayed)


def test_rows_surface_while_the_list_is_read(ask: Asker) -> None:
    ask.api.change(surface="0.2")
    read, throughout = ask.rows(per_page=100, sort="oldest"), ask.api.ids(throughout=1)
    assert 650 < len(throughout) < 800
    assert set(throughout) <= set(read)
    assert len(read) - len(set(read)) > 50  # rows that were pushed down come twice
    assert sorted(ids(ask.page())) == sorted(ask.api.ids())
