"""Who runs the server: PostgreSQL refuses to be root."""

import os
import pwd
import subprocess
from pathlib import Path

from operations.postgres.programs import programs
from operations.process import StartupError

# This account exists on every Debian and Ubuntu, so nothing has to be created on the machine.
UNPRIVILEGED_ACCOUNT = "nobody"


def server_account(directory: Path) -> pwd.struct_passwd | None:
    """Who must run the server on this directory; None is whoever we are."""
    if os.geteuid() != 0:
        return None
    owner = directory.stat().st_uid
    # An existing cluster belongs to its owner even when root comes along later.
    return pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED_ACCOUNT)


def as_server_account(directory: Path) -> list[str]:
    """The command prefix under which root runs the server as another user; else nothing.

    That user may not even enter root's directories, where both programs and data may stand. One
    capability lets it pass without changing anybody's permissions; the securebit makes access(2)
    honour that capability, with which PostgreSQL checks its own program.
    """
    account = server_account(directory)
    if account is None:
        return []
    drop = [
        "setpriv",
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
    ]
    keep_passage = [
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        "--securebits=+no_setuid_fixup",
    ]
    for prefix in ([*drop, *keep_passage], drop):
        test = ["/bin/sh", "-c", 'test -x "$0" && test -w "$1"']
        attempt = subprocess.run(
            [*prefix, *test, str(programs() / "postgres"), str(directory)],
            check=False,
            capture_output=True,
        )
        if attempt.returncode == 0 or not directory.exists():
            return prefix
    raise StartupError(
        f"PostgreSQL must not run as root, and user {account.pw_name} cannot reach "
        f"{programs()} and {directory} here. Run Tradewind as an ordinary user, or move it to "
        "a directory that everybody may enter."
    )


def belongs_to_another(directory: Path) -> StartupError:
    return StartupError(
        f"{directory} belongs to another user. Start Tradewind as that user, or choose "
        "another directory with TRADEWIND_STATE."
    )
