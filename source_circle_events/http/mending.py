"""Makes JSON of what is nearly JSON, as text, so that all bodies are then read the same way.

What comes out is UTF-8 that the decoder takes or rightly refuses; records that were good stay as they
came, byte for byte.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from contextlib import suppress
from email.message import Message

_SHAPE = bytes(48 if chr(i) in "0123456789" else 101 if chr(i) == "E" else i for i in range(256))
"""Every digit as 0 and E as e, so that numbers of one shape are found as one text."""
_MOST_DIGITS = 200
"""So many digits in a row, or an exponent of three, are taken for a number too large for a double
(1.8e308) until `mended` has looked."""
_PIECE = 1 << 14
_LARGE_EXPONENT = re.compile(rb"0e\+?000+[,}\]\s]")
"""In such a shape; within a uuid, where most are, a quotation mark or another letter comes behind."""
_TOKEN = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?(?:NaN|Infinity)\b|-?[0-9][0-9.eE+-]*+', re.DOTALL
)
_UNUSUAL = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)|(?P<control>[\x00-\x1f])",
    re.DOTALL,
)


def utf8(body: bytes, content_type: str) -> bytes:
    """`body` as UTF-8 without a byte-order mark.

    A byte-order mark says how it is written. What can be UTF-8 is, whatever charset a proxy put into the
    header; what cannot is read by the header's charset, else a byte that is none becomes U+FFFD: no
    warehouse takes it, and one bad letter is no reason to stop.
    """
    header = Message()
    header["Content-Type"] = content_type
    for encoding in (json.detect_encoding(body), header.get_content_charset() or ""):
        with suppress(LookupError, ValueError):
            if encoding == "utf-8":
                _check_utf8(body)
                return body
            return body.decode(encoding).removeprefix("\ufeff").encode()
    return body.decode("utf-8-sig", "replace").encode()


def _check_utf8(body: bytes) -> None:
    """Raises ValueError if it is none. Piece by piece, in a quarter of the time of the whole."""
    if not body.isascii():
        decoder = codecs.getincrementaldecoder("utf-8")()
        for start in range(0, len(body), _PIECE):
            decoder.decode(body[start : start + _PIECE])
        decoder.decode(b"", final=True)


def holds_a_huge_number(text: bytes) -> bool:
    """Whether there may be a number too large for a double; msgspec does not see those it skips."""
    shape = text.translate(_SHAPE)
    return b"0" * _MOST_DIGITS in shape or _LARGE_EXPONENT.search(shape) is not None


def mended(text: bytes) -> bytes:
    """`text` with what is nearly JSON made JSON, and all else as it is.

    Half of a surrogate pair becomes U+FFFD, a raw control character its escape, NaN and Infinity
    null, as JavaScript writes them; a number too large for a double becomes its digits as a string.
    """
    return _TOKEN.sub(_mended_token, text)


def _mended_token(match: re.Match[bytes]) -> bytes:
    token = match[0]
    if token[:1] == b'"':
        return _UNUSUAL.sub(_mended_character, token)
    if token[-1:] in b"Ny":
        return b"null"
    try:
        return token if math.isfinite(float(token)) else b'"' + token + b'"'
    except ValueError:
        return token  # no number: msgspec will say so


def _mended_character(match: re.Match[bytes]) -> bytes:
    if match["half"]:
        return rb"\ufffd"
    return rb"\u%04x" % ord(match["control"]) if match["control"] else match[0]
