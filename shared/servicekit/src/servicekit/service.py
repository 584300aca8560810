"""What a service is made of, so that one kit can serve, work, migrate and check it."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData

from servicekit.tables import ServiceBase

if TYPE_CHECKING:
    from datetime import datetime

    from servicekit.database import Database
    from servicekit.jobs import Jobs
    from servicekit.messaging import Subscriptions
    from servicekit.uow import Principal

Roles = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Whoever holds a link, and until when it speaks for them (seconds since 1970)."""

    principal: Principal
    expires_at: float


OpensLinks = Callable[["Database", str, "datetime"], Awaitable[LinkHolder]]
"""(database, what stands behind `Link`, now) -> who that is; raises a `Refusal`."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service as its `app.py` declares it.

    `name` is also the import package and the prefix of its tables, topics, permissions and
    database roles (`<name>_owner`, `<name>_app`, `<name>_platform`). `roles` maps each role of an
    access token to the permissions it grants; `TRADEWIND_ROLES_FILE` replaces it.
    """

    name: str
    title: str
    version: str
    base: type[ServiceBase]
    description: str = ""
    routers: Sequence[Any] = ()
    subscriptions: Sequence[Subscriptions] = ()
    jobs: Sequence[Jobs] = ()
    roles: Roles = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)
    """What a member or parameter of a name is, for names that mean the same in every slice."""
    migrations: Path | None = None
    pages: Mapping[str, Path] = field(default_factory=dict)
    """Pages for people by address, such as `/configurator`: a directory with an `index.html` and
    what it loads from there. They are open to everybody and call the API with a token."""
    opens_links: OpensLinks | None = None
    """Who somebody is that brings a link instead of an access token (`Authorization: Link ...`)."""
    commands: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Commands of its own, as `servicekit.cli` lists the kit's: name -> (what it does, module,
    attribute)."""

    @property
    def metadata(self) -> MetaData:
        """The tables of the service, without the platform's own."""
        return self.base.metadata

    @property
    def migrations_directory(self) -> Path:
        """Where env.py and versions/ stand; `<package>/migrations` unless said otherwise."""
        if self.migrations is not None:
            return self.migrations
        specification = find_spec(self.name)
        if specification is None or not specification.submodule_search_locations:
            raise RuntimeError(f"the package {self.name} is not importable")
        return Path(next(iter(specification.submodule_search_locations))) / "migrations"


def load_glossary(path: Path) -> Mapping[str, str]:
    """Read a glossary from TOML: `[words]` with `customer_id = "The customer."`.

    Raises ValueError when the file has another shape, or a word without a whole sentence.
    """
    words = tomllib.loads(path.read_text(encoding="utf-8")).get("words")
    if not isinstance(words, dict):
        raise ValueError(f"{path} needs a [words] table")
    for word, sentence in words.items():
        if not isinstance(sentence, str) or not sentence.endswith("."):
            raise ValueError(f"{path}: {word} needs a sentence that ends with a full stop")
    return words


def load_roles(path: Path) -> Roles:
    """Read roles from TOML: `[roles]` with `seller = ["crm.customers.read", …]`; `"*"` grants all.

    Raises ValueError when the file has another shape.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    table = document.get("roles")
    if not isinstance(table, dict):
        raise ValueError(f"{path} needs a [roles] table")
    roles: dict[str, frozenset[str]] = {}
    for role, permissions in table.items():
        if not isinstance(permissions, list) or not all(isinstance(p, str) for p in permissions):
            raise ValueError(f"{path}: role {role!r} needs a list of permission names")
        roles[role] = frozenset(permissions)
    return roles
