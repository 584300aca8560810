"""Passwords and keys of one local system, made the first time and kept beside its data."""

import fcntl
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.postgres import RolePasswords


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one service needs to reach its database and to seal its cursors."""

    roles: RolePasswords
    cursor_key_file: Path


def credentials(directory: Path, services: Sequence[str]) -> dict[str, Credentials]:
    """The credentials of these services from files only we can read."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return {service: _of(directory, service) for service in services}


def _of(directory: Path, service: str) -> Credentials:
    passwords = directory / f"{service}-database.json"
    if not passwords.exists():
        made = {role: secrets.token_urlsafe(24) for role in ("owner", "app", "platform")}
        _write(passwords, json.dumps(made))
    cursor_key = directory / f"{service}-cursor-key"
    if not cursor_key.exists():
        _write(cursor_key, secrets.token_urlsafe(32))
    return Credentials(RolePasswords(**json.loads(passwords.read_text())), cursor_key)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
