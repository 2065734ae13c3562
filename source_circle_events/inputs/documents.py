"""Reads the JSON of a file, as any editor or shell, `jq` or a command's output leaves it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_circle_events.errors import config_error

_DECODER = json.JSONDecoder()
_VISIBLE = re.compile(r"\S")


def documents(what: str, path: str) -> list[Any]:
    """The JSON documents of a file, one after the other, however they are broken into lines.

    A state whose last line was cut off, as by a kill, is what stands before: an older one.
    """
    try:
        with Path(path).open("rb") as file:
            encoding = json.detect_encoding(file.peek(4)[:4])
            text = "".join(_without_records(io.TextIOWrapper(file, encoding)))
    except OSError as error:
        raise config_error(f"The {what} cannot be read from {path}: {error.strerror}.") from None
    except ValueError:
        raise config_error(f"The {what} cannot be read from {path}: it is no text.") from None
    found: list[Any] = []
    end = 0
    while start := _VISIBLE.search(text, end):
        try:
            document, end = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError) as error:
            if what == "state" and found and "\n" not in text[start.start() :]:
                break
            where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
            raise config_error(
                f"The {what} cannot be read from {path}: it is no JSON{where}."
            ) from None
        found.append(document)
    if not found and what != "state":
        raise config_error(f"The {what} cannot be read from {path}: the file is empty.")
    return found


def _without_records(lines: Iterable[str]) -> Iterator[str]:
    """All but the first of the RECORD messages, of which a read prints millions."""
    some = False
    for line in lines:
        is_record = line.lstrip().startswith(('{"type":"RECORD"', '{"type": "RECORD"'))
        yield "\n" if some and is_record else line
        some = some or is_record


def refused(what: str, path: str, expected: str, found: list[Any]) -> AirbyteTracedException:
    kinds = sorted({_kind(document) for document in found})
    return config_error(
        f"The {what} cannot be read from {path}: expected is {expected}; there is "
        f"{' and '.join(kinds[:3])}."
    )


def _kind(document: object) -> str:
    if isinstance(document, dict):
        kind = document.get("type")
        if isinstance(kind, str) and kind.isupper():
            return f"a {kind[:20]} message"
        keys = ", ".join(f'"{key[:20]}"' for key in list(document)[:3])
        return f"an object with {keys}" if keys else "an empty object"
    if isinstance(document, list):
        return f"a list that begins with {_kind(document[0])}" if document else "an empty list"
    return {str: "a text", bool: "true or false", type(None): "null"}.get(
        type(document), "a number"
    )
