"""What settings do to what is read.

- Selected names come, and nothing else, whether or not the service filters.
- What is empty, or has blanks around it, is as if it was not.
"""

from __future__ import annotations

import pytest

from harness.streams import ENDPOINTS, configured
from integration_tests.entrypoints.conftest import in_shell


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
