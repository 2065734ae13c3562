"""The same event and member as for the schemas, and what `personal_data` makes of a record."""

from __future__ import annotations

import json

import pytest

from source_circle_events.privacy.transform import PersonalData
from unit_tests.schemas.conftest import event, member

__all__ = ["event", "member"]

KEY = "a key of some length"
HASH = PersonalData("hash", KEY)
DROP = PersonalData("drop")
BOTH = pytest.mark.parametrize("personal", [HASH, DROP], ids=["hash", "drop"])
SECRETS = ["Ada", "Okafor", "ada.okafor", "a1b2c3d4"]


def applied(personal, record):
    (row,) = personal.apply([json.dumps(record, separators=(",", ":")).encode()])
    return json.loads(row)


def leaks(record):
    return [secret for secret in SECRETS if secret in json.dumps(record)]
