"""The catalogue: the names the vendor documents, each on a line of its own and complete."""

from __future__ import annotations

from pathlib import Path

from source_circle_events.schemas import catalogue
from source_circle_events.schemas.catalogue import event_types
from source_circle_events.schemas.documents import model_names

LINES = Path(catalogue.__file__).with_suffix(".yaml").read_text("utf-8").splitlines()


def test_given_every_name_when_read_then_it_is_unique_one_line_and_complete():
    every = [*event_types(), *event_types("tracker_events")]
    assert len({event.name for event in every}) == len(every)
    for event in every:
        assert sum(f"name: {event.name}," in line for line in LINES) == 1
        assert event.meaning
        assert not event.meaning.endswith(".")
        assert event.basis in {"observed", "assumed"}
        assert event.models
        assert set(event.models.values()) <= model_names()


def test_given_every_model_when_searched_then_some_event_carries_it():
    carried = {name for event in event_types() for name in event.models.values()}
    assert carried == model_names()
