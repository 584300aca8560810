"""Principals for tests."""

from __future__ import annotations

from servicekit.uow import ALL_PERMISSIONS, Principal


def principal(
    tenant: str = "acme",
    *permissions: str,
    subject: str = "ada",
    roles: frozenset[str] = frozenset({"admin"}),
) -> Principal:
    """A person of a tenant; without permission names she may do everything."""
    granted = frozenset(permissions) if permissions else ALL_PERMISSIONS
    return Principal(subject, tenant, roles, granted, subject.title())
