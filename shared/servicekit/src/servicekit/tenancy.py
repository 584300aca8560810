"""Tenants: who the rows belong to.

The database enforces the border by row-level security on the transaction-local setting
`app.tenant`; the context variable here only fills the tenant column of new rows.
"""

import re
from contextvars import ContextVar, Token
from typing import ClassVar

from servicekit.errors import Kind, Refusal

SETTING = "app.tenant"

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_current: ContextVar[str | None] = ContextVar("tradewind_tenant", default=None)


class TenantIsNotASlug(Refusal):
    """A tenant is named by a slug: 1 to 63 of a-z, 0-9 and hyphen, not starting with a hyphen."""

    code: ClassVar[str] = "tenant-is-not-a-slug"
    kind = Kind.INVALID
    title = "A tenant is named by a slug"
    hint = "Use 1 to 63 characters of a-z, 0-9 and hyphen, not starting with a hyphen."


def checked(tenant: str) -> str:
    """Return the tenant when it is a slug; raise TenantIsNotASlug otherwise."""
    if not _SLUG.fullmatch(tenant):
        raise TenantIsNotASlug(f"{tenant!r} cannot name a tenant", field="tenant")
    return tenant


def current_tenant() -> str:
    """Return the tenant of the unit of work that is open in this task.

    Raises RuntimeError outside a unit of work: a row without a tenant is a mistake of ours.
    """
    tenant = _current.get()
    if tenant is None:
        raise RuntimeError("no unit of work is open, so there is no current tenant")
    return tenant


def enter(tenant: str) -> Token[str | None]:
    """Make the tenant current in this task; give the token to `leave`."""
    return _current.set(checked(tenant))


def leave(token: Token[str | None]) -> None:
    """Restore what was current before `enter`."""
    _current.reset(token)
