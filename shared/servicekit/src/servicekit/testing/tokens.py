"""Access tokens for tests, signed with a key that only this process knows."""

from __future__ import annotations

import time
import warnings
from typing import Any

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey

from servicekit.http.keys import FixedKeys

ISSUER = "http://127.0.0.1:8400"
"""The default of `Settings.issuer`."""


class TestIssuer:
    """Signs access tokens that an app made with `keys=issuer.keys` accepts."""

    __test__ = False  # Not a test, whatever pytest makes of the name.

    def __init__(self, issuer: str = ISSUER) -> None:
        self.issuer = issuer
        self.key = ECKey.generate_key("P-256", {"kid": "test-1", "use": "sig"})
        self.keys = FixedKeys({"test-1": self.key})

    def token(
        self,
        service: str,
        *,
        tenant: str = "acme",
        roles: object = ("admin",),
        subject: str = "ada",
        header: dict[str, Any] | None = None,
        key: Any = None,
        algorithm: str = "ES256",
        **claims: Any,
    ) -> str:
        """A token for a service's audience; `header` and `claims` replace what is usual."""
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "sub": subject,
            "aud": f"tradewind-{service}",
            "tenant": tenant,
            "roles": list(roles) if isinstance(roles, tuple) else roles,
            "name": subject.title(),
            "iat": now,
            "exp": now + 3600,
        }
        heading = {"typ": "at+jwt", "alg": algorithm, "kid": "test-1", **(header or {})}
        heading = {name: value for name, value in heading.items() if value is not None}
        chosen = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.encode(heading, chosen, key or self.key, algorithms=[heading["alg"]])
