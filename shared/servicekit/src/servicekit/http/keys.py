"""The issuer's signing keys, by JWKS.

Keys come only from the configured address, never from a token. They are kept
through an outage of the identity provider, and an unknown key id asks again at
most once in ten seconds, so that garbage tokens cannot be turned into load.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Protocol

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from servicekit.logging import get_logger
from servicekit.outgoing import HttpFailure, http_client

REFRESH_SECONDS = 300.0
ASK_AGAIN_SECONDS = 10.0
OUTLIVE_SECONDS = 24 * 3600.0

SigningKey = RSAKey | ECKey | OKPKey

log = get_logger(__name__)


class KeysUnavailable(Exception):
    """No keys were ever fetched, or the last fetch is too long ago."""


class KeySource(Protocol):
    """Where the verifier finds public keys."""

    @property
    def generation(self) -> int:
        """Changes whenever a key is withdrawn: what was verified before may not hold now."""
        ...

    async def find(self, key_id: str) -> SigningKey | None:
        """The key of this id, or None. Raises KeysUnavailable."""
        ...


class FixedKeys:
    """Keys that are there from the start: for tests and tools."""

    def __init__(self, keys: Mapping[str, SigningKey]) -> None:
        self._keys = dict(keys)
        self.generation = 0

    async def find(self, key_id: str) -> SigningKey | None:
        return self._keys.get(key_id)

    def withdraw(self, key_id: str) -> None:
        """Forget a key, as an issuer does after a rotation."""
        del self._keys[key_id]
        self.generation += 1


class JwksKeys:
    """Keys read from a JWKS document and kept.

    Without a `url` the issuer's discovery document says where the keys are.
    """

    def __init__(self, *, issuer: str, url: str | None = None) -> None:
        self._issuer = issuer.rstrip("/")
        self._url = url
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None
        self.generation = 0

    async def find(self, key_id: str) -> SigningKey | None:
        now = time.monotonic()
        key = self._keys.get(key_id)
        if key is not None and now - self._fetched_at < OUTLIVE_SECONDS:
            if now - self._fetched_at > REFRESH_SECONDS and self._may_ask(now):
                # In the background: requests go on with the keys at hand.
                self._refreshing = asyncio.create_task(self._refresh())
            return key
        if self._may_ask(now):
            await self._refresh()
            key = self._keys.get(key_id)
        elif self._lock.locked():
            async with self._lock:
                key = self._keys.get(key_id)
        if time.monotonic() - self._fetched_at >= OUTLIVE_SECONDS:
            raise KeysUnavailable(self._issuer)
        return key

    async def aclose(self) -> None:
        """Stop a refresh that is under way."""
        if self._refreshing is not None:
            self._refreshing.cancel()

    def _may_ask(self, now: float) -> bool:
        return now - self._asked_at >= ASK_AGAIN_SECONDS and not self._lock.locked()

    async def _refresh(self) -> None:
        async with self._lock:
            self._asked_at = time.monotonic()
            try:
                found = read_jwks(await self._fetch())
            except (HttpFailure, ValueError, JoseError) as error:
                log.warning(
                    "signing keys could not be fetched", issuer=self._issuer, error=str(error)
                )
                return
            withdrawn = set(self._keys) - set(found)
            self._keys = found
            self._fetched_at = time.monotonic()
            if withdrawn:
                self.generation += 1

    async def _fetch(self) -> bytes:
        async with http_client("", timeout_seconds=3.0) as client:
            url = self._url
            if url is None:
                answer = await client.get(f"{self._issuer}/.well-known/openid-configuration")
                answer.raise_for_status()
                url = _jwks_address(answer.content, self._issuer)
            answer = await client.get(url)
            answer.raise_for_status()
            return answer.content


def _jwks_address(document: bytes, issuer: str) -> str:
    found = orjson.loads(document)
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        raise ValueError("the discovery document is of another issuer")
    address = found.get("jwks_uri")
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise ValueError("the discovery document names no jwks_uri")
    if issuer.startswith("https://") and not address.startswith("https://"):
        raise ValueError("the discovery document sends us from https to http")
    return address


def read_jwks(document: bytes) -> dict[str, SigningKey]:
    """The public signing keys of a JWKS document by key id.

    Symmetric keys and encryption keys are left out: a shared secret in a public
    document is nobody's signature.
    """
    keys: dict[str, SigningKey] = {}
    for key in KeySet.import_key_set(orjson.loads(document)).keys:
        if not isinstance(key, (RSAKey, ECKey, OKPKey)) or key.get("use", "sig") != "sig":
            continue
        if key.kid:
            keys[key.kid] = key
    return keys
