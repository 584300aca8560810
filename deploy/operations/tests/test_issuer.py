"""The development issuer: what its tokens say, and where it refuses to be."""

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet, OKPKey

from operations.issuer.app import NotForProductionError, create_app
from operations.issuer.tokens import TokenSigner, signing_key
from operations.issuer.users import development_users

ISSUER = "http://127.0.0.1:8100"


@pytest.fixture
def signer(tmp_path: Path) -> TokenSigner:
    return TokenSigner(ISSUER, signing_key(tmp_path / "key.json"))


@pytest.fixture
def client(signer: TokenSigner, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    monkeypatch.setenv("TRADEWIND_ENVIRONMENT", "development")
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(signer)), base_url=ISSUER)


async def token_for(client: httpx.AsyncClient, client_id: str) -> str:
    answer = await client.post(
        "/token", data={"client_id": client_id, "client_secret": f"{client_id}-secret"}
    )
    assert answer.status_code == 200
    token: str = answer.json()["access_token"]
    return token


async def decoded(client: httpx.AsyncClient, token: str) -> Any:
    keys = KeySet.import_key_set((await client.get("/jwks.json")).json())
    return jwt.decode(token, keys, algorithms=["EdDSA"])


async def test_a_token_says_who_for_whom_and_how_long(client: httpx.AsyncClient) -> None:
    token = await decoded(client, await token_for(client, "demo-sales"))

    assert token.header["typ"] == "at+jwt"
    assert token.header["alg"] == "EdDSA"
    claims = token.claims
    assert claims["exp"] - claims.pop("iat") == 3600
    assert claims.pop("exp")
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "sub": "demo-sales",
        "client_id": "demo-sales",
        "aud": ["tradewind-crm", "tradewind-erp", "tradewind-cpq"],
        "tenant": "demo",
        "roles": ["seller"],
        "name": "Sam Seller",
    }


async def test_every_tenant_has_the_same_six_users() -> None:
    users = development_users()

    assert len(users) == 24
    assert users["demo-manager"].roles == ("seller", "sales_manager")
    assert users["northwind-finance"].roles == ("accountant",)
    assert users["other-reader"].tenant == "other"


async def test_somebody_elses_signature_is_noticed(client: httpx.AsyncClient) -> None:
    forger = TokenSigner(ISSUER, OKPKey.generate_key("Ed25519", auto_kid=True))
    forged = forger.access_token(development_users()["demo-admin"])
    genuine = await token_for(client, "demo-admin")
    header = genuine.split(".", maxsplit=1)[0]

    with pytest.raises(BadSignatureError):
        await decoded(client, ".".join([header, *forged.split(".")[1:]]))


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [("demo-admin", "guess"), ("nobody", "nobody-secret"), ("", "")],
)
async def test_a_wrong_secret_is_refused(
    client: httpx.AsyncClient, client_id: str, secret: str
) -> None:
    answer = await client.post("/token", data={"client_id": client_id, "client_secret": secret})

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


async def test_another_grant_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/token", data={"grant_type": "password"})

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_basic_and_json_credentials_serve_as_well(client: httpx.AsyncClient) -> None:
    pair = base64.b64encode(b"demo-admin:demo-admin-secret").decode()
    basic = await client.post("/token", headers={"Authorization": f"Basic {pair}"})
    as_json = await client.post(
        "/token", json={"client_id": "demo-admin", "client_secret": "demo-admin-secret"}
    )
    hostile = await client.post("/token", headers={"Authorization": "Basic %%%"})

    assert (basic.status_code, as_json.status_code) == (200, 200)
    assert hostile.status_code == 401


async def test_discovery_leads_to_the_keys(client: httpx.AsyncClient) -> None:
    document = (await client.get("/.well-known/openid-configuration")).json()

    assert document["issuer"] == ISSUER
    keys = (await client.get(document["jwks_uri"])).json()["keys"]
    assert [set(key) & {"d", "kid", "x"} for key in keys] == [{"kid", "x"}]


@pytest.mark.parametrize("environment", ["production", "test", ""])
def test_it_refuses_to_start_outside_development(
    signer: TokenSigner, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    monkeypatch.setenv("TRADEWIND_ENVIRONMENT", environment)
    with pytest.raises(NotForProductionError):
        create_app(signer)


def test_the_key_outlives_a_restart_and_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "issuer" / "key.json"

    assert signing_key(path).as_dict() == signing_key(path).as_dict()
    assert path.stat().st_mode & 0o777 == 0o600


async def test_only_pages_of_this_machine_may_read_a_token(client: httpx.AsyncClient) -> None:
    form = {"client_id": "demo-sales", "client_secret": "demo-sales-secret"}
    wrong = {**form, "client_secret": "guess"}
    for origin in ("http://127.0.0.1:8103", "http://localhost:9103"):
        for sent in (form, wrong):
            answer = await client.post("/token", data=sent, headers={"Origin": origin})
            assert answer.headers["access-control-allow-origin"] == origin
    for origin in ("https://example.com", "http://127.0.0.1.example.com", "null", ""):
        answer = await client.post("/token", data=form, headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers
