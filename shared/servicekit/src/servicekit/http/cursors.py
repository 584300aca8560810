"""Cursors: where a list goes on, sealed so that nobody can read or forge one.

AES-GCM with a fresh nonce; the tenant, the list, its filters and its sort are
bound in as associated data, so a cursor moved to another list does not open.
A cursor never authorises anything: the query behind it is still the caller's.
"""

import base64
import binascii
import os
from hashlib import sha256

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from servicekit.http.problems import INVALID_CURSOR, EdgeProblem

_NONCE_BYTES = 12
_LONGEST = 4_000


class CursorSeal:
    """Seals and opens cursors under one key, shared by all processes of a service."""

    def __init__(self, key: str) -> None:
        # Any text makes a key: operators paste what their secret store gives.
        self._cipher = AESGCM(sha256(b"tradewind cursor " + key.encode()).digest())

    def seal(self, position: list[str | None], bound_to: bytes) -> str:
        """The cursor for `position`, as URL-safe text."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, orjson.dumps(position), bound_to)
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, cursor: str, bound_to: bytes) -> list[str | None]:
        """The position in `cursor`; raises EdgeProblem(invalid-cursor)."""
        if len(cursor) > _LONGEST:
            raise EdgeProblem(INVALID_CURSOR, "The cursor is longer than any this service made.")
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            opened = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to)
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise EdgeProblem(
                INVALID_CURSOR, "The cursor was not made for this list, filter and sort."
            ) from error
        position: list[str | None] = orjson.loads(opened)
        return position
