"""What a service's env.py calls: `run(service)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic import context

if TYPE_CHECKING:
    from servicekit.service import Service


def run(service: Service) -> None:
    """Run migrations on the connection that `servicekit.migrations.runner` opened.

    With `--sql` (offline) the statements are printed instead.
    """
    # The runner's service wins: a test may compare altered models with the same migrations.
    service = context.config.attributes.get("service", service)
    options = autogenerate_options(service) | {"service": service.name}
    if context.is_offline_mode():
        context.configure(dialect_name="postgresql", literal_binds=True, **options)
    else:
        connection = context.config.attributes.get("connection")
        if connection is None:
            raise RuntimeError(f"run migrations with `python -m {service.name} migrate`")
        context.configure(connection=connection, transaction_per_migration=True, **options)
    with context.begin_transaction():
        context.run_migrations()


def autogenerate_options(service: Service) -> dict[str, Any]:
    """How models and database are compared."""
    return {
        "target_metadata": service.metadata,
        "compare_type": True,
        "compare_server_default": False,
        "include_name": _is_mapped,
    }


def _is_mapped(name: str | None, type_: str, parent_names: Any) -> bool:
    """Leave the platform's tables alone: no model maps them."""
    return not (type_ == "table" and (name or "").startswith("platform_"))
