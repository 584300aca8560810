"""Idempotency-Key: the same command sent twice happens once and answers the same.

The claim, the effect and the stored answer commit in one transaction
(`Database.unit_of_work(idempotency=...)`); this module only reads the header
and says what makes two requests the same.
"""

import re
from hashlib import sha256

from starlette.requests import Request

from servicekit.http.problems import (
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_MISSING,
    EdgeProblem,
)

_KEY = re.compile(r"[\x21-\x7e]{1,128}\Z")


def required_key(request: Request) -> str:
    """The request's key; raises EdgeProblem(idempotency-key-missing, -invalid)."""
    key = request.headers.get("idempotency-key")
    if key is None:
        raise EdgeProblem(IDEMPOTENCY_KEY_MISSING, "The request has no Idempotency-Key header.")
    if not _KEY.match(key):
        raise EdgeProblem(
            IDEMPOTENCY_KEY_INVALID, "Idempotency-Key must be 1 to 128 visible ASCII characters."
        )
    return key


def fingerprint(path: str, query: bytes, body: bytes) -> bytes:
    """What a repeated request must have in common with the first: address and body, byte by byte.

    If-Match is left out: the first answer stands whatever version came since.
    """
    digest = sha256(path.encode("utf-8", "surrogatepass"))
    digest.update(b"\0")
    digest.update(query)
    digest.update(b"\0")
    digest.update(body)
    return digest.digest()
