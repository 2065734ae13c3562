"""What the package's entrypoint does around a read: secrets, memory, what was queued."""

from __future__ import annotations

import json
from argparse import Namespace

import pytest
from airbyte_cdk.utils import memory_monitor
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets, update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events import entrypoint
from source_circle_events.output.records import PageOfRecords
from unit_tests.conftest import CATALOG, CONFIG, EVENTS, event, page


@pytest.fixture
def read(http):
    """A read of `events`, as `launch` has it, message by message."""

    def run(*pages):
        http.get(EVENTS, [page(*rows) for rows in pages])
        source = entrypoint._SourceOfPages(CATALOG, CONFIG, [])
        return entrypoint.CircleEntrypoint(source).messages("read", CONFIG, CATALOG, [])

    yield run
    update_secrets([])


@pytest.fixture
def memory(monkeypatch, tmp_path):
    """A container of 1,000 bytes; a test calls it with how many are in use."""
    for name in ("CURRENT", "MAX", "STAT"):
        monkeypatch.setattr(memory_monitor, f"_CGROUP_V2_{name}", tmp_path / name)
    (tmp_path / "MAX").write_text("1000")

    def use(count):
        (tmp_path / "CURRENT").write_text(str(count))
        (tmp_path / "STAT").write_text(f"anon {count}\n")

    return use


@pytest.mark.parametrize("before", [100, 910], ids=["suddenly", "from near the limit"])
def test_given_memory_is_short_when_a_page_is_out_then_the_read_ends_and_says_so(
    read, memory, before
):
    memory(before)  # from 900 on the CDK looks at every 100th message, else at every 5,000th
    messages = read([event("2025-01-01T00:00:00Z")])
    for message in messages:
        if isinstance(message, PageOfRecords):
            memory(970)
            break

    with pytest.raises(AirbyteTracedException, match="memory usage exceeded"):
        list(messages)


def test_given_a_read_that_fails_then_what_was_queued_still_leaves(read, monkeypatch):
    monkeypatch.setattr(
        entrypoint.CircleEntrypoint, "_emit_queued_messages", lambda *_: iter(["queued"])
    )
    monkeypatch.setattr(entrypoint.CircleEntrypoint, "read", lambda *_: 1 / 0)
    messages = read([])

    assert next(messages) == "queued"
    with pytest.raises(ZeroDivisionError):
        next(messages)


@pytest.mark.parametrize(
    ("token", "text", "shown"),
    [
        (" secret-token\n", "the secret-token of you", "the **** of you"),
        (1, '{"emitted_at":1767225600}', '{"emitted_at":1767225600}'),
        ("1767225", '{"emitted_at":1767225600}', '{"emitted_at":1767225600}'),
        ("type", '{"type":"LOG"}', '{"type":"LOG"}'),
        (["secret-token"], "nothing", "nothing"),
        (None, "nothing", "nothing"),
    ],
)
def test_given_a_token_then_it_is_hidden_and_messages_stay_json(token, text, shown):
    entrypoint.CircleEntrypoint.set_up_secret_filter({"api_token": token}, {})

    assert filter_secrets(text) == shown
    update_secrets([])


def test_given_an_error_then_its_trace_is_one_line_of_json(capfd, monkeypatch):
    monkeypatch.setattr(entrypoint.logger, "propagate", False)  # pytest-xdist sends UTF-8 only
    entrypoint.tell(ValueError("half a pair: \ud800"))

    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert lines[-1]["trace"]["error"]["failure_type"] == "system_error"


@pytest.mark.parametrize(
    ("options", "config", "named"),
    [
        ({"manifest_path": "x"}, {}, "--manifest-path"),
        ({"components_path": "x"}, {}, "--components-path"),
        ({}, {"__injected_declarative_manifest": {}}, "__injected_declarative_manifest"),
        ({}, {"__injected_components_py": "x"}, "__injected_components_py"),
    ],
)
def test_given_another_manifest_then_it_is_refused(options, config, named):
    given = Namespace(**{"manifest_path": None, "components_path": None} | options)
    with pytest.raises(AirbyteTracedException, match=f"{named} is not for this command"):
        entrypoint.refuse_other_manifests(given, config)
