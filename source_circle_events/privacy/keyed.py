"""The hash of `personal_data: hash`: HMAC-SHA256 of a value as Circle sent it, in hexadecimal.

Keyed, because the plain hash of an e-mail address is found by hashing a list of addresses. Whoever
has the key can compute the hash of an address, to join with a table of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

_BLOCK: Final = 64  # bytes SHA-256 works on, to which HMAC brings the key


def keyed_sha256(key: bytes) -> Callable[[str], str]:
    """HMAC-SHA256 under `key`, its two keyed states made once: half the time of `hmac.digest`."""
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in block))
    outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(text: str) -> str:
        within, around = inner.copy(), outer.copy()
        # JSON may hold half a surrogate pair, which UTF-8 proper cannot.
        within.update(text.encode("utf-8", "surrogatepass"))
        around.update(within.digest())
        return around.hexdigest()

    return digest
