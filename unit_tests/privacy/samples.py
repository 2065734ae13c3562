"""Personal data hidden by either mode, and what must not be seen afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from source_circle_events.privacy.transform import PersonalData

KEY = "a key of some length"
HASH = PersonalData("hash", KEY)
DROP = PersonalData("drop")
BOTH = pytest.mark.parametrize("personal", [HASH, DROP], ids=["hash", "drop"])
SECRETS = ["Ada", "Okafor", "ada.okafor", "a1b2c3d4"]


def applied(personal: PersonalData, record: dict[str, Any]) -> dict[str, Any]:
    (row,) = personal.apply([json.dumps(record, separators=(",", ":")).encode()])
    after: dict[str, Any] = json.loads(bytes(row))
    return after


def leaks(record: dict[str, Any]) -> list[str]:
    return [secret for secret in SECRETS if secret in json.dumps(record)]
