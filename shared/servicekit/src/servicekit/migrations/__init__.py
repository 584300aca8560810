"""Migrations: the platform's tables, and the guards that every table of a service gets."""

from servicekit.migrations.guards import append_only, each_tenant, secure_table
from servicekit.migrations.platform import (
    create_platform,
    events_are_wide,
    read_audit_trail,
    widen_events,
)

__all__ = [
    "append_only",
    "create_platform",
    "each_tenant",
    "events_are_wide",
    "read_audit_trail",
    "secure_table",
    "widen_events",
]
