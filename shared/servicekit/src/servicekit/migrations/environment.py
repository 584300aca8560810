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
    options: dict[str, Any] = {
        "target_metadata": service.metadata,
        "transaction_per_migration": True,
        "compare_type": True,
        "compare_server_default": False,
        "include_object": _is_ours,
        "service": service.name,
    }
    if context.is_offline_mode():
        context.configure(dialect_name="postgresql", literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError(f"run migrations with `python -m {service.name} migrate`")
    context.configure(connection=connection, **options)
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(object_: Any, name: str | None, type_: str, *_: Any) -> bool:
    """Autogenerate leaves the platform's tables alone: no model maps them."""
    table = name if type_ == "table" else getattr(getattr(object_, "table", None), "name", None)
    return not (table or "").startswith("platform_")
