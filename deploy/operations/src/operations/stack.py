"""The whole system on one machine: databases, broker, issuer, and each service's processes.

`make run` and every suite that needs the real thing start it through this one class.
"""

import fcntl
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import IO, Protocol

from operations.broker import EmbeddedBroker
from operations.credentials import credentials
from operations.environment import Role, issuer_environment, service_environment
from operations.issuer.client import fetch_token
from operations.ports import SERVICES, Ports
from operations.postgres import EmbeddedPostgres, ExternalPostgres, PostgresServer
from operations.process import (
    Process,
    StartupError,
    answers_ok,
    free_port,
    require_port,
    wait_until,
)

READY_SECONDS = 90
COMMAND_SECONDS = 300

# Everything shares one machine here: whoever waits for an answer goes before what may come a
# moment later. Containers have shares of their own instead.
WORKER_NICENESS = 5

# A service gets 20 seconds to finish the requests and the batch at hand.
DRAIN_SECONDS = 20


class Part(Protocol):
    """Something of the stack that runs: a process, a database server, the broker."""

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        ...

    def start(self) -> None:
        """Start it."""
        ...

    def stop(self) -> object:
        """Stop it in order."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class Stack:
    """One running system in one state directory.

    Its parts have names: `crm-postgres`, `crm-api`, `crm-worker` and so on for each service,
    `broker` and `issuer`. Each can be killed, stopped and started by that name.
    """

    def __init__(
        self,
        state_directory: Path,
        *,
        ports: Ports | None = None,
        services: Sequence[str] = SERVICES,
        kafka_bootstrap: str | None = None,
        postgres_url: str | None = None,
        postgres_settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Describe the system; nothing starts yet.

        Args:
            state_directory: databases, keys and logs; kept between starts.
            ports: where to listen; free ports when not given.
            services: which of crm, erp and cpq to run.
            kafka_bootstrap: a Kafka of your own instead of the embedded broker.
            postgres_url: a superuser's address on a PostgreSQL of your own, which then holds
                all databases, instead of one embedded server per service.
            postgres_settings: settings of the embedded servers, such as fsync=off in tests.
            environment: more environment for every service process.
            report: told in a few words what is happening.
        """
        self.state_directory = state_directory.resolve()
        self.ports = ports or Ports.free()
        self.services = tuple(services)
        self._environment = dict(environment or {})
        self._report = report
        self._credentials = credentials(self.state_directory / "secrets", self.services)
        self._lock: IO[str] | None = None
        self._jobs: set[Process] = set()
        self._parts: dict[str, Part] = {}
        self._databases: dict[str, PostgresServer] = {}
        self._external_bootstrap = kafka_bootstrap
        for service in self.services:
            self._describe_database(service, postgres_url, postgres_settings)
        if kafka_bootstrap is None:
            self._parts["broker"] = EmbeddedBroker(self.ports.broker, self.log("broker"))
        self._health_ports = {"issuer": self.ports.issuer}
        self._parts["issuer"] = self._python(
            "issuer",
            ["operations.issuer", "serve"],
            issuer_environment(self.ports, self.state_directory),
        )
        for service in self.services:
            self._describe_process(service, "api", "serve", self.ports.api(service))
            self._describe_process(service, "worker", "work", self.ports.metrics(service))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parts in the order in which they start."""
        return tuple(self._parts)

    @property
    def bootstrap(self) -> str:
        """The broker's address."""
        return self._external_bootstrap or f"127.0.0.1:{self.ports.broker}"

    def start(self) -> None:
        """Bring everything up and wait until it is ready; on failure leave nothing running."""
        self._take_lock()
        try:
            self._check_ports()
            self._start_databases()
            for name in ("broker", "issuer"):
                if name in self._parts:
                    self.start_part(name)
            self.migrate()
            self._start_services()
        except BaseException:
            self._abandon()
            raise
        self._note_endpoints()

    def stop(self) -> None:
        """Stop everything: first who uses, then who is used. Nothing happens when it is not up."""
        if self._lock is None:
            return
        self._each(self._service_processes(), self.stop_part)
        self._each([n for n in ("issuer", "broker") if n in self._parts], self.stop_part)
        self._each([n for n in self.names if n.endswith("-postgres")], self.stop_part)
        (self.state_directory / "stack.json").unlink(missing_ok=True)
        self._release_lock()

    def kill(self) -> None:
        """End everything at once, as a power cut would."""
        if self._lock is None:
            return
        for name in reversed(self.names):
            self._parts[name].kill()
        (self.state_directory / "stack.json").unlink(missing_ok=True)
        self._release_lock()

    def start_part(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        """Start one part and wait until it is ready.

        Args:
            name: which one.
            environment: more environment for this one start, for a service process only.
        """
        part = self._parts[name]
        if isinstance(part, Process):
            part.start(environment)
            self._await(name, part)
        else:
            part.start()

    def stop_part(self, name: str) -> None:
        """Stop one part in order."""
        part = self._parts[name]
        if isinstance(part, Process):
            part.stop(within=DRAIN_SECONDS)
        else:
            part.stop()

    def kill_part(self, name: str) -> None:
        """End one part at once, with all its children."""
        self._parts[name].kill()

    def restart_part(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        """Stop one part in order, or take note of its death, and start it again."""
        self.stop_part(name)
        self.start_part(name, environment)

    def add_worker(self, service: str) -> str:
        """Describe one more worker of a service, to share or take over work; return its name."""
        number = 2 + sum(name.startswith(f"{service}-worker-") for name in self.names)
        self._describe_process(service, f"worker-{number}", "work", free_port())
        return f"{service}-worker-{number}"

    def running(self, name: str) -> bool:
        """Whether this part is up."""
        return self._parts[name].running

    def process(self, name: str) -> Process:
        """The process behind a part, to signal it or to read its log."""
        part = self._parts[name]
        if isinstance(part, EmbeddedPostgres | EmbeddedBroker):
            return part.process
        if isinstance(part, Process):
            return part
        raise TypeError(f"{name} has no process of ours")

    def postgres(self, service: str) -> PostgresServer:
        """The server that holds a service's database."""
        return self._databases[service]

    def database_url(self, service: str, role: Role) -> str:
        """The address of a service's database for one of its three roles."""
        password = getattr(self._credentials[service].roles, role)
        return self._databases[service].url(service, f"{service}_{role}", password)

    def url(self, service: str) -> str:
        """The base address of a service's HTTP API."""
        return self.ports.service_url(service)

    def log(self, name: str) -> Path:
        """The log file of a part."""
        return self.state_directory / "log" / f"{name}.log"

    def token(self, client_id: str = "demo-admin") -> str:
        """An access token for one of the development issuer's users."""
        return fetch_token(self.ports.issuer_url, client_id)

    def migrate(self) -> None:
        """Bring every database to the newest schema, all services side by side."""
        self._report("Migrating the databases")
        self._each(self.services, lambda service: self.run_command(service, "migrate"))

    def migrate_databases(self) -> None:
        """Migrate beside a running system, or with the databases started for it alone."""
        try:
            self._take_lock()
        except StartupError:
            self.migrate()
            return
        try:
            self._start_databases()
            self.migrate()
        finally:
            self.stop()

    def run_command(self, service: str, *arguments: str) -> None:
        """Run a command of a service to its end; raises StartupError when it fails."""
        process = self._python(
            f"{service}-{arguments[0]}", [service, *arguments], self.service_environment(service)
        )
        process.start()
        self._jobs.add(process)
        try:
            code = process.wait(COMMAND_SECONDS)
        finally:
            process.kill()
            self._jobs.discard(process)
        if code != 0:
            raise StartupError(
                f"`python -m {service} {' '.join(arguments)}` failed with exit code {code}. "
                f"Its log, {process.log}, ends:\n{process.last_words()}"
            )

    def service_environment(self, service: str) -> dict[str, str]:
        """The environment in which every process of a service runs."""
        roles: tuple[Role, ...] = ("owner", "app", "platform")
        environment = service_environment(
            service,
            databases={role: self.database_url(service, role) for role in roles},
            cursor_key_file=self._credentials[service].cursor_key_file,
            bootstrap=self.bootstrap,
            embedded_broker=self._external_bootstrap is None,
            ports=self.ports,
            state=self.state_directory / service,
        )
        return {**environment, **self._environment}

    def _abandon(self) -> None:
        """End a start that failed: no patience for anything but the databases' own files."""
        for name, part in self._parts.items():
            if not name.endswith("-postgres"):
                part.kill()
        self.stop()

    def _describe_database(
        self, service: str, external: str | None, settings: Mapping[str, str] | None
    ) -> None:
        if external is not None:
            self._databases[service] = ExternalPostgres(external)
            return
        name = f"{service}-postgres"
        server = EmbeddedPostgres(
            self.state_directory / "postgres" / service,
            self.ports.postgres(service),
            settings,
            name=name,
            log=self.log(name),
        )
        self._databases[service] = server
        self._parts[name] = server

    def _describe_process(self, service: str, kind: str, command: str, port: int) -> None:
        name = f"{service}-{kind}"
        variables = self.service_environment(service)
        if command == "work":
            variables["TRADEWIND_METRICS_PORT"] = str(port)
        self._parts[name] = self._python(
            name, [service, command], variables, niceness=WORKER_NICENESS * (command == "work")
        )
        self._health_ports[name] = port

    def _python(
        self,
        name: str,
        module_and_arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        niceness: int = 0,
    ) -> Process:
        politely = ["nice", "-n", str(niceness)] if niceness else []
        command = [*politely, sys.executable, "-m", *module_and_arguments]
        return Process(name, command, log=self.log(name), environment=environment)

    def _check_ports(self) -> None:
        taken = {
            "the token issuer": self.ports.issuer,
            **{f"{service}'s API": self.ports.api(service) for service in self.services},
            **{f"{service}'s worker": self.ports.metrics(service) for service in self.services},
        }
        for use, port in taken.items():
            require_port(port, use)

    def _start_databases(self) -> None:
        self._report("Starting PostgreSQL")
        self._each([n for n in self.names if n.endswith("-postgres")], self.start_part)
        for service in self.services:
            self._databases[service].provision(service, self._credentials[service].roles)

    def _start_services(self) -> None:
        self._report("Starting the services")
        self._each(self._service_processes(), self.start_part)

    def _service_processes(self) -> list[str]:
        return [name for name in self._health_ports if name != "issuer"]

    def _await(self, name: str, process: Process) -> None:
        port = self._health_ports[name]
        try:
            wait_until(lambda: answers_ok(port, "/health/ready"), process, seconds=READY_SECONDS)
        except BaseException:
            process.kill()
            raise

    def _each(self, names: Sequence[str], act: Callable[[str], None]) -> None:
        if not names:
            return
        with ThreadPoolExecutor(len(names)) as pool:
            outcomes = [pool.submit(act, name) for name in names]
            try:
                for outcome in as_completed(outcomes):
                    outcome.result()
            except BaseException:
                # One failed, or a person lost patience: do not wait for the others' time-outs.
                self._end_waiting(names)
                raise

    def _end_waiting(self, names: Sequence[str]) -> None:
        waiting = [part for name in names if isinstance(part := self._parts.get(name), Process)]
        for process in (*waiting, *list(self._jobs)):
            process.kill()

    def _note_endpoints(self) -> None:
        """Tell tools that start later where this system listens."""
        addresses = {service: self.url(service) for service in self.services}
        document = {"issuer": self.ports.issuer_url, **addresses, "kafka": self.bootstrap}
        (self.state_directory / "stack.json").write_text(json.dumps(document, indent=2))

    def _take_lock(self) -> None:
        self.state_directory.mkdir(parents=True, exist_ok=True)
        lock = (self.state_directory / "stack.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StartupError(
                f"Tradewind is running already with its state in {self.state_directory}. "
                "Stop it first, or choose another directory with TRADEWIND_STATE."
            ) from None
        self._lock = lock

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
