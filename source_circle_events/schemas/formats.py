"""Whether a text has the format its schema claims, as strictly as a warehouse will read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


def _is_date_time(value: str) -> bool:
    if not _RFC_3339.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


FORMATS: Final[Mapping[str, Callable[[str], object]]] = {
    "date-time": _is_date_time,
    "uuid": _UUID.fullmatch,
    "email": _EMAIL.fullmatch,
}
