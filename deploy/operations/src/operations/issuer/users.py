"""The people and programs that the development issuer knows."""

import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class DevelopmentUser:
    """Somebody who may ask the development issuer for tokens."""

    client_id: str
    secret: str
    tenant: str
    name: str
    roles: tuple[str, ...]


def development_users() -> Mapping[str, DevelopmentUser]:
    """The shipped users by client id: every tenant has the same ones."""
    text = resources.files(__package__).joinpath("users.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    users = [
        DevelopmentUser(
            client_id=f"{tenant}-{user['suffix']}",
            secret=f"{tenant}-{user['suffix']}-secret",
            tenant=tenant,
            name=user["name"],
            roles=tuple(user["roles"]),
        )
        for tenant in document["tenants"]
        for user in document["users"]
    ]
    return {user.client_id: user for user in users}


def authenticate(
    users: Mapping[str, DevelopmentUser], client_id: str, secret: str
) -> DevelopmentUser | None:
    """The user with this id and secret, or nobody."""
    user = users.get(client_id)
    if user is None or not secrets.compare_digest(user.secret.encode(), secret.encode()):
        return None
    return user
