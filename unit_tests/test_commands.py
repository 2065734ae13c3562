"""Secrets are masked, and an error is one line of JSON."""

from __future__ import annotations

import json

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets, update_secrets

from source_circle_events import commands


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
def test_a_token_is_masked_and_messages_stay_valid_json(token, text, shown):
    commands.hide_secrets({"api_token": token})

    assert filter_secrets(text) == shown
    update_secrets([])


def test_an_error_is_one_line_of_json(capfd, monkeypatch):
    monkeypatch.setattr(commands.logger, "propagate", False)  # pytest-xdist sends UTF-8 only
    commands.write_error(ValueError("half a pair: \ud800"))

    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert lines[-1]["trace"]["error"]["failure_type"] == "system_error"
