"""Permissions and roles: routes name permissions, roles are data.

A role grants permissions by name or by a prefix with a star: `crm.*` grants
every permission that begins with `crm.`, and `*` grants all. Each service
ships a `roles.toml`; the operator's file (`TRADEWIND_ROLES_FILE`) replaces it.

    [roles]
    seller = ["crm.*", "cpq.quotes.read"]
"""

import re
from collections.abc import Iterable, Mapping

_GRANT = re.compile(r"(\*|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?)\Z")
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")


class Roles:
    """What each role may do."""

    def __init__(self, grants: Mapping[str, Iterable[str]]) -> None:
        self._grants = {role: frozenset(granted) for role, granted in grants.items()}
        for role, granted in self._grants.items():
            if not _ROLE.match(role):
                raise ValueError(f"role {role!r}: use lower-case letters, digits, - and _")
            for grant in granted:
                if not _GRANT.match(grant):
                    raise ValueError(
                        f"role {role}: {grant!r} is neither like crm.customers.read nor like crm.*"
                    )

    @property
    def names(self) -> frozenset[str]:
        """The roles there are."""
        return frozenset(self._grants)

    def permissions(self, roles: Iterable[str]) -> frozenset[str]:
        """The grants of several roles together; roles this service does not know grant nothing."""
        nothing = frozenset[str]()
        return nothing.union(*(self._grants.get(role, nothing) for role in roles))

    def grants(self) -> Mapping[str, frozenset[str]]:
        """Every role with its grants."""
        return self._grants
