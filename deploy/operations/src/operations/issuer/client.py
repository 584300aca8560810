"""Asking the development issuer for a token, as tools and tests do."""

import http.client
import json
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 10


class TokenRefusedError(Exception):
    """The issuer does not know this client, or the secret is wrong."""


def fetch_token(issuer_url: str, client_id: str, secret: str | None = None) -> str:
    """An access token; a development user's secret need not be given.

    Raises:
        TokenRefusedError: the issuer refused.
        OSError: nothing answers at the address.
    """
    place = urlsplit(issuer_url)
    connection = http.client.HTTPConnection(place.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(
            "POST",
            f"{place.path}/token",
            urlencode({"client_id": client_id, "client_secret": secret or f"{client_id}-secret"}),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        answer = connection.getresponse()
        document = json.load(answer)
    finally:
        connection.close()
    if answer.status != 200:
        raise TokenRefusedError(document.get("error_description", f"status {answer.status}"))
    token: str = document["access_token"]
    return token
