"""A service's database and roles, on any server."""

import os

from operations.postgres.programs import psql, run_program
from operations.postgres.server import RolePasswords
from operations.repository import PROVISION_SQL


def provision(superuser_url: str, service: str, passwords: RolePasswords) -> None:
    """Run deploy/postgres/provision.sql for one service on any server."""
    run_program(
        [psql(), "--no-psqlrc", "--quiet", f"--file={PROVISION_SQL}", superuser_url],
        f"creating the database of {service}",
        environment={
            **os.environ,
            "TRADEWIND_SERVICE": service,
            "TRADEWIND_OWNER_PASSWORD": passwords.owner,
            "TRADEWIND_APP_PASSWORD": passwords.app,
            "TRADEWIND_PLATFORM_PASSWORD": passwords.platform,
        },
    )
