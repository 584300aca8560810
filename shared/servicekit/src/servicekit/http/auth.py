"""Who is calling: access tokens (RFC 9068) checked against the issuer's keys.

A service only verifies; signing in belongs to the identity provider. A token
that was verified once is remembered until it expires, so that checking it again
costs microseconds instead of a signature.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from servicekit.http.keys import KeySource, KeysUnavailable
from servicekit.http.permissions import Roles
from servicekit.http.problems import (
    IDENTITY_UNAVAILABLE,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOKEN_MISSING,
    EdgeProblem,
    ProblemType,
)
from servicekit.tenancy import TenantIsNotASlug, checked
from servicekit.uow import Principal

ALGORITHMS = ("EdDSA", "ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
"""Asymmetric only: with HMAC, whoever can verify can also sign."""
TOKEN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
LEEWAY_SECONDS = 30
REMEMBERED_TOKENS = 4_096
_LONGEST_TOKEN = 8_192
_LONGEST_SUBJECT = 200

_registry = jws.JWSRegistry(algorithms=list(ALGORITHMS))


@dataclass(frozen=True, slots=True)
class Verified:
    """A caller, and until when the token speaks for it (seconds since 1970)."""

    principal: Principal
    expires_at: float
    generation: int


class Authenticator:
    """Turns an Authorization header into a principal, or a 401 problem."""

    def __init__(
        self,
        *,
        keys: KeySource,
        issuer: str,
        audience: str,
        roles: Roles,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._roles = roles
        self._now = now
        self._remembered: OrderedDict[str, Verified] = OrderedDict()

    async def authenticate(self, authorization: str | None) -> Verified:
        """The caller behind an Authorization header.

        Raises EdgeProblem: token-missing, token-invalid, token-expired or
        identity-provider-unavailable.
        """
        if authorization is None:
            raise _refused(TOKEN_MISSING, "The request has no Authorization header.")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _refused(TOKEN_MISSING, "The Authorization header holds no bearer token.")
        known = self._remembered.get(token)
        if known is not None and known.generation == self._keys.generation:
            if known.expires_at + LEEWAY_SECONDS > self._now():
                return known
            del self._remembered[token]
            raise _refused(TOKEN_EXPIRED, "The token's time is over.")
        verified = await self._verify(token)
        self._remembered[token] = verified
        if len(self._remembered) > REMEMBERED_TOKENS:
            self._remembered.popitem(last=False)
        return verified

    def seconds_left(self, verified: Verified) -> float:
        """How long the caller's token still holds."""
        return max(0.0, verified.expires_at - self._now())

    async def _verify(self, token: str) -> Verified:
        if len(token) > _LONGEST_TOKEN or token.count(".") != 2 or not token.isascii():
            raise _refused(TOKEN_INVALID, "The token is not a signed JWT.")
        header = _json_object(token.partition(".")[0], "header")
        if header.get("alg") not in ALGORITHMS:
            raise _refused(TOKEN_INVALID, "The token's algorithm is not accepted.")
        if str(header.get("typ", "")).lower() not in TOKEN_TYPES:
            raise _refused(TOKEN_INVALID, "This is not an access token: its type must be at+jwt.")
        key_id = header.get("kid")
        if not isinstance(key_id, str) or not key_id:
            raise _refused(TOKEN_INVALID, "The token names no key.")
        generation = self._keys.generation
        try:
            key = await self._keys.find(key_id)
        except KeysUnavailable as error:
            raise EdgeProblem(
                IDENTITY_UNAVAILABLE,
                "The issuer's keys could not be fetched.",
                headers={"Retry-After": "10"},
            ) from error
        if key is None:
            raise _refused(TOKEN_INVALID, "The token's key is not one of the issuer's.")
        try:
            payload = jws.deserialize_compact(token, key, registry=_registry).payload
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _refused(TOKEN_INVALID, "The token's signature does not hold.") from error
        return self._claims(payload, generation)

    def _claims(self, payload: bytes, generation: int) -> Verified:
        try:
            claims = orjson.loads(payload)
        except ValueError as error:
            raise _refused(TOKEN_INVALID, "The token's claims are not JSON.") from error
        if not isinstance(claims, dict):
            raise _refused(TOKEN_INVALID, "The token's claims are not an object.")
        now = self._now()
        expires_at = _number(claims, "exp")
        if expires_at is None:
            raise _refused(TOKEN_INVALID, "The token never expires: exp is missing.")
        if expires_at + LEEWAY_SECONDS <= now:
            raise _refused(TOKEN_EXPIRED, "The token's time is over.")
        begins_at = _number(claims, "nbf")
        if begins_at is not None and begins_at - LEEWAY_SECONDS > now:
            raise _refused(TOKEN_INVALID, "The token is not valid yet; check the clocks.")
        if claims.get("iss") != self._issuer:
            raise _refused(TOKEN_INVALID, "The token comes from another issuer.")
        audience = claims.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise _refused(TOKEN_INVALID, "The token is meant for another audience.")
        return Verified(self._principal(claims), expires_at, generation)

    def _principal(self, claims: dict[str, Any]) -> Principal:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise _refused(TOKEN_INVALID, "The token has no usable sub.")
        tenant = claims.get("tenant")
        try:
            checked(tenant if isinstance(tenant, str) else "")
        except TenantIsNotASlug as error:
            raise _refused(TOKEN_INVALID, "The token has no usable tenant.") from error
        roles = claims.get("roles", [])
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise _refused(TOKEN_INVALID, "The token's roles are not a list of names.")
        name = claims.get("name")
        return Principal(
            subject=subject,
            tenant=str(tenant),
            roles=frozenset(roles),
            permissions=self._roles.permissions(roles),
            name=name if isinstance(name, str) and name else subject,
        )


def _refused(problem: ProblemType, detail: str) -> EdgeProblem:
    challenge = "Bearer" if problem is TOKEN_MISSING else 'Bearer error="invalid_token"'
    return EdgeProblem(problem, detail, headers={"WWW-Authenticate": challenge})


def _json_object(segment: str, what: str) -> dict[str, Any]:
    try:
        found = orjson.loads(urlsafe_b64decode(segment.encode()))
    except ValueError as error:
        raise _refused(TOKEN_INVALID, f"The token's {what} cannot be read.") from error
    if not isinstance(found, dict):
        raise _refused(TOKEN_INVALID, f"The token's {what} is not an object.")
    return found


def _number(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _refused(TOKEN_INVALID, f"The token's {name} is not a number.")
    return float(value)
