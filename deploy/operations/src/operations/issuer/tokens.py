"""Access tokens as the services expect them: JWTs of type at+jwt, signed with Ed25519."""

import json
import os
import time
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey

from operations.issuer.users import DevelopmentUser

ALGORITHM = "EdDSA"
AUDIENCES = ("tradewind-crm", "tradewind-erp", "tradewind-cpq")
LIFETIME_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Signs tokens in one issuer's name."""

    issuer: str
    key: OKPKey

    def access_token(
        self,
        user: DevelopmentUser,
        *,
        lifetime_seconds: int = LIFETIME_SECONDS,
        audiences: tuple[str, ...] = AUDIENCES,
    ) -> str:
        """A token that lets this user in at the services."""
        # The one clock that counts here is the one in the token.
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": user.client_id,
            "aud": list(audiences),
            "client_id": user.client_id,
            "tenant": user.tenant,
            "roles": list(user.roles),
            "name": user.name,
            "iat": now,
            "exp": now + lifetime_seconds,
            "jti": str(uuid.uuid4()),
        }
        header = {"typ": "at+jwt", "alg": ALGORITHM, "kid": self.key.kid}
        with warnings.catch_warnings():
            # RFC 9864 renames it to Ed25519, and providers in the field still say EdDSA.
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.encode(header, claims, self.key, algorithms=[ALGORITHM])

    def public_keys(self) -> dict[str, Any]:
        """The JWKS document by which services verify what was signed here."""
        public = self.key.as_dict(private=False)
        return {"keys": [{**public, "use": "sig", "alg": ALGORITHM}]}


def signing_key(path: Path) -> OKPKey:
    """The key in this file, made the first time: a restart must not void tokens given out."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        key = OKPKey.generate_key("Ed25519", auto_kid=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({**key.as_dict(private=True), "kid": key.kid}, file)
    return OKPKey.import_key(json.loads(path.read_text()))
