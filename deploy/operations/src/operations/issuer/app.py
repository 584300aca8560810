"""The issuer's HTTP side: discovery, keys and tokens."""

import base64
import binascii
import json
import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from operations.issuer.tokens import ALGORITHM, LIFETIME_SECONDS, TokenSigner
from operations.issuer.users import authenticate, development_users

ENVIRONMENT = "development"


class NotForProductionError(RuntimeError):
    """The development issuer was asked to start outside development."""


def require_development() -> None:
    """Raise NotForProductionError unless the environment says development."""
    environment = os.environ.get("TRADEWIND_ENVIRONMENT")
    if environment != ENVIRONMENT:
        raise NotForProductionError(
            "The development token issuer hands out any role to anybody. It starts only with "
            f"TRADEWIND_ENVIRONMENT={ENVIRONMENT}, and that is {environment or 'not set'}."
        )


def create_app(signer: TokenSigner) -> FastAPI:
    """The issuer; refuses outside development, where everybody could ask it for any role."""
    require_development()
    users = development_users()
    app = FastAPI(title="Tradewind development issuer", docs_url=None, redoc_url=None)

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        """What this issuer can do and where."""
        return {
            "issuer": signer.issuer,
            "jwks_uri": f"{signer.issuer}/jwks.json",
            "token_endpoint": f"{signer.issuer}/token",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        }

    @app.get("/jwks.json")
    async def keys() -> dict[str, Any]:
        """The public keys of the tokens handed out here."""
        return signer.public_keys()

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        """Whether tokens can be had."""
        return {"status": "ready"}

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        """An access token for a client id and secret, as OAuth 2 client credentials."""
        shared = _shared_with(request)
        form = await _fields(request)
        if form.get("grant_type", "client_credentials") != "client_credentials":
            return _refusal(
                "unsupported_grant_type", "Only client_credentials is offered.", 400, shared
            )
        client_id, secret = _credentials(request, form)
        user = authenticate(users, client_id, secret)
        if user is None:
            return _refusal(
                "invalid_client",
                "Unknown client id or wrong secret. The development users are listed in "
                "deploy/operations/src/operations/issuer/users.toml; try demo-admin with "
                "demo-admin-secret.",
                401,
                shared,
            )
        return JSONResponse(
            {
                "access_token": signer.access_token(user),
                "token_type": "Bearer",
                "expires_in": LIFETIME_SECONDS,
            },
            headers={"Cache-Control": "no-store", **shared},
        )

    return app


async def _fields(request: Request) -> dict[str, str]:
    # OAuth 2 sends a form; JSON is welcome because curl users expect it. Read by hand, which
    # saves the multipart parser that FastAPI's Form wants.
    body = (await request.body()).decode(errors="replace")
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            document = json.loads(body)
        except ValueError:
            return {}
        return {str(k): str(v) for k, v in document.items()} if isinstance(document, dict) else {}
    return dict(parse_qsl(body))


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        client_id, _, secret = decoded.partition(":")
        return unquote(client_id), unquote(secret)
    return form.get("client_id", ""), form.get("client_secret", "")


def _shared_with(request: Request) -> dict[str, str]:
    """Lets a page of this machine read the answer: the services' own pages sign in here."""
    origin = request.headers.get("origin", "")
    if urlsplit(origin).hostname not in ("127.0.0.1", "localhost", "::1"):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _refusal(error: str, description: str, status: int, headers: dict[str, str]) -> JSONResponse:
    return JSONResponse(
        {"error": error, "error_description": description},
        status_code=status,
        headers={"WWW-Authenticate": "Basic", **headers} if status == 401 else headers,
    )
