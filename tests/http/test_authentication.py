"""Nobody gets in without a sound token, and nobody further than a role allows."""

import base64
import hashlib
import hmac
import time
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey, RSAKey

from servicekit.http.auth import Authenticator
from servicekit.http.keys import ASK_AGAIN_SECONDS, JwksKeys, KeysUnavailable, read_jwks
from servicekit.http.permissions import Roles
from servicekit.http.problems import EdgeProblem
from servicekit.outgoing import HttpFailure
from servicekit.testing.http import Api
from servicekit.testing.tokens import TestIssuer
from servicekit.uow import allows


def hand_made(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """A token no library would make: unsigned, or signed with a public key as the secret."""

    def segment(document: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(orjson.dumps(document)).rstrip(b"=")

    signed = segment(header) + b"." + segment(claims)
    if secret is None:
        return (signed + b".").decode()
    signature = hmac.new(secret, signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def claims_of(issuer: TestIssuer, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": issuer.issuer,
        "sub": "ada",
        "aud": "tradewind-shelf",
        "tenant": "acme",
        "roles": ["admin"],
        "exp": now + 60,
        **changed,
    }


STRANGER = ECKey.generate_key("P-256", {"kid": "test-1"})
NOW = int(time.time())

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("another audience", {"aud": "tradewind-erp"}, "token-invalid"),
    ("audiences without ours", {"aud": ["tradewind-erp", "x"]}, "token-invalid"),
    ("no audience", {"aud": None}, "token-invalid"),
    ("another issuer", {"iss": "http://127.0.0.1:8400/"}, "token-invalid"),
    ("expired", {"exp": NOW - 31}, "token-expired"),
    ("no expiry", {"exp": None}, "token-invalid"),
    ("expiry that is text", {"exp": "tomorrow"}, "token-invalid"),
    ("not yet valid", {"nbf": NOW + 3600}, "token-invalid"),
    ("no tenant", {"tenant": None}, "token-invalid"),
    ("a tenant that is no slug", {"tenant": "acme'; --"}, "token-invalid"),
    ("a tenant that is a list", {"tenant": ["acme"]}, "token-invalid"),
    ("no subject", {"sub": None}, "token-invalid"),
    ("roles that are text", {"roles": "admin"}, "token-invalid"),
    ("an ID token", {"header": {"typ": "JWT"}}, "token-invalid"),
    ("no type", {"header": {"typ": None}}, "token-invalid"),
    ("an unknown key", {"header": {"kid": "other"}}, "token-invalid"),
    ("no key", {"header": {"kid": None}}, "token-invalid"),
    ("another's signature", {"key": STRANGER}, "token-invalid"),
]


@pytest.mark.parametrize(
    ("changes", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
async def test_a_token_is_refused_for(api: Api, changes: dict[str, Any], code: str) -> None:
    token = api.issuer.token("shelf", **changes)
    for path in ("/v1/books", "/v1/oddities/me"):
        answer = await api.with_token(token).get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_unsigned_token_is_refused(api: Api) -> None:
    header = {"typ": "at+jwt", "alg": "none", "kid": "test-1"}
    token = hand_made(header, claims_of(api.issuer), None)
    assert (await api.with_token(token).get("/v1/books")).json()["code"] == "token-invalid"


async def test_the_public_key_is_no_shared_secret(api: Api) -> None:
    public = api.issuer.key.as_pem(private=False)
    header = {"typ": "at+jwt", "alg": "HS256", "kid": "test-1"}
    token = hand_made(header, claims_of(api.issuer), public)
    assert (await api.with_token(token).get("/v1/books")).json()["code"] == "token-invalid"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "token-missing"),
        ("", "token-missing"),
        ("Basic YWRhOmFkYQ==", "token-missing"),
        ("Bearer", "token-missing"),
        ("Bearer x", "token-invalid"),
        ("Bearer a.b.c", "token-invalid"),
        ("Bearer ....", "token-invalid"),
        ("Bearer " + "a" * 9_000, "token-invalid"),
        ("Bearer W10.W10.W10", "token-invalid"),
        ("Bearer bnVsbA.bnVsbA.", "token-invalid"),
    ],
)
async def test_garbage_is_refused(api: Api, header: str | None, code: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = await api.with_token(None).get("/v1/books", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_token_is_checked_before_the_body_is_read(api: Api) -> None:
    async def never() -> Any:
        raise AssertionError("the body was read")
        yield b""

    answer = await api.client.post("/v1/books", content=never())
    assert answer.json()["code"] == "token-missing"
    reader = api.issuer.token("shelf", roles=("reader",))
    answer = await api.client.post(
        "/v1/books", content=never(), headers={"Authorization": f"Bearer {reader}"}
    )
    assert answer.json()["code"] == "permission-missing"


def routes_of(app: FastAPI) -> list[Any]:
    return list(app.state.edge.routes)


async def test_every_role_gets_exactly_as_far_as_its_grants(api: Api) -> None:
    roles = Roles(api.app.state.edge.service.roles)
    for role in [*sorted(roles.names), "unheard-of"]:
        granted = roles.permissions([role])
        caller = api.signed_in(tenant="matrix", roles=(role,))
        for route in routes_of(api.app):
            declared = route.declared
            path = declared.path.replace("{book_id}", "0191d3f2-7a63-7cc3-9d2a-5e0f8f6f0a11")
            if path.endswith(("/stream", "/slow", "/bug")):
                continue
            answer = await caller.send(declared.method, path, {} if declared.unsafe else None)
            refused = answer.status_code == 403
            assert refused is not allows(granted, declared.permission), (role, path)
            if refused:
                assert answer.json()["code"] == "permission-missing"
                assert declared.permission in answer.json()["detail"]
            nobody = await api.with_token(None).send(declared.method, path)
            assert nobody.status_code == 401


async def test_roles_add_up(api: Api) -> None:
    both = api.signed_in(tenant="sum", roles=("reader", "editor"))
    assert (await both.get("/v1/books")).status_code == 200


def test_grants_cover_what_stands_below_them() -> None:
    assert allows(frozenset({"crm.*"}), "crm.customers.read")
    assert allows(frozenset({"crm.customers.*"}), "crm.customers.read")
    assert not allows(frozenset({"crm.customers.*"}), "crm.customers_archive.read")
    assert not allows(frozenset({"crm.customers.read"}), "crm.customers.write")
    assert not allows(frozenset(), "crm.customers.read")


@pytest.mark.parametrize("grant", ["crm.*.read", "CRM.read", "crm.", "*.*", ""])
def test_a_misspelt_grant_stops_the_start(grant: str) -> None:
    with pytest.raises(ValueError, match="role odd"):
        Roles({"odd": [grant]})


def authenticator(issuer: TestIssuer, **more: Any) -> Authenticator:
    return Authenticator(
        keys=issuer.keys,
        issuer=issuer.issuer,
        audience="tradewind-shelf",
        roles=Roles({"admin": ["*"]}),
        **more,
    )


async def test_a_remembered_token_still_expires() -> None:
    issuer, now = TestIssuer(), time.time()
    clock = [now]
    checks = authenticator(issuer, now=lambda: clock[0])
    header = f"Bearer {issuer.token('shelf')}"
    first = await checks.authenticate(header)
    assert await checks.authenticate(header) is first
    clock[0] = now + 3600 + 31
    with pytest.raises(EdgeProblem, match="token-expired"):
        await checks.authenticate(header)


async def test_a_withdrawn_key_voids_remembered_tokens() -> None:
    issuer = TestIssuer()
    checks = authenticator(issuer)
    header = f"Bearer {issuer.token('shelf')}"
    await checks.authenticate(header)
    issuer.keys.withdraw("test-1")
    with pytest.raises(EdgeProblem, match="token-invalid"):
        await checks.authenticate(header)


async def test_remembering_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servicekit.http.auth.REMEMBERED_TOKENS", 3)
    issuer = TestIssuer()
    checks = authenticator(issuer)
    for number in range(10):
        await checks.authenticate(f"Bearer {issuer.token('shelf', subject=str(number))}")
    assert len(checks._remembered) == 3


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSAKey.generate_key(2048, {"kid": "rsa"}), "RS256"),
        (RSAKey.generate_key(2048, {"kid": "rsa"}), "PS256"),
        (ECKey.generate_key("P-384", {"kid": "rsa"}), "ES384"),
    ],
)
async def test_the_usual_algorithms_are_accepted(key: Any, algorithm: str) -> None:
    issuer = TestIssuer()
    issuer.keys._keys["rsa"] = key
    token = issuer.token("shelf", key=key, algorithm=algorithm, header={"kid": "rsa"})
    found = await authenticator(issuer).authenticate(f"Bearer {token}")
    assert found.principal.tenant == "acme"


class Provider(JwksKeys):
    """An identity provider that answers, or not."""

    def __init__(self) -> None:
        super().__init__(issuer="http://issuer.test", url="http://issuer.test/jwks.json")
        self.documents: list[bytes | None] = []
        self.asked = 0

    async def _fetch(self) -> bytes:
        self.asked += 1
        document = self.documents[min(self.asked, len(self.documents)) - 1]
        if document is None:
            raise HttpFailure("down")
        return document


def jwks(*keys: ECKey) -> bytes:
    return orjson.dumps({"keys": [{**key.as_dict(private=False), "use": "sig"} for key in keys]})


OLD = ECKey.generate_key("P-256", {"kid": "old"})
NEW = ECKey.generate_key("P-256", {"kid": "new"})


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock that the key store sees."""
    clock = [1000.0]
    monkeypatch.setattr("servicekit.http.keys.time.monotonic", lambda: clock[0])
    return clock


async def test_keys_are_fetched_once_and_unknown_ones_ask_again_rarely(
    passing: list[float],
) -> None:
    provider = Provider()
    provider.documents = [jwks(OLD), jwks(OLD, NEW)]
    assert await provider.find("old") is not None
    assert await provider.find("new") is None
    assert provider.asked == 1
    passing[0] += ASK_AGAIN_SECONDS
    assert await provider.find("new") is not None
    for _ in range(50):
        assert await provider.find("garbage") is None
    assert provider.asked == 2


async def test_keys_outlive_an_outage_of_the_provider(passing: list[float]) -> None:
    provider = Provider()
    provider.documents = [jwks(OLD), None]
    assert await provider.find("old") is not None
    for _ in range(60):
        passing[0] += 60
        assert await provider.find("old") is not None
        if provider._refreshing is not None:
            await provider._refreshing
    assert provider.asked > 5
    passing[0] += 24 * 3600
    with pytest.raises(KeysUnavailable):
        await provider.find("old")


async def test_a_rotated_key_dies(passing: list[float]) -> None:
    provider = Provider()
    provider.documents = [jwks(OLD), jwks(NEW)]
    assert await provider.find("old") is not None
    passing[0] += 301
    assert await provider.find("old") is not None
    assert provider._refreshing is not None
    await provider._refreshing
    assert await provider.find("old") is None
    assert await provider.find("new") is not None
    assert provider.generation == 1


async def test_without_any_keys_the_provider_is_unavailable() -> None:
    provider = Provider()
    provider.documents = [None]
    issuer = TestIssuer()
    checks = Authenticator(
        keys=provider, issuer=issuer.issuer, audience="tradewind-shelf", roles=Roles({})
    )
    with pytest.raises(EdgeProblem, match="identity-provider-unavailable") as caught:
        await checks.authenticate(f"Bearer {issuer.token('shelf')}")
    assert caught.value.problem.status == 503


def test_shared_secrets_and_encryption_keys_are_left_out() -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "shared"}
    sealing = {**NEW.as_dict(private=False), "use": "enc"}
    document = {"keys": [secret, sealing, OLD.as_dict(private=False)]}
    assert set(read_jwks(orjson.dumps(document))) == {"old"}
