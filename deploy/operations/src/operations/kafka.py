"""A real Apache Kafka on this machine, from Maven Central: one broker or a small cluster."""

import fcntl
import hashlib
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.process import (
    LOOPBACK,
    Process,
    StartupError,
    answers,
    free_port,
    require_port,
    wait_until,
)
from operations.repository import KAFKA_LOGGING, KAFKA_POM, state_directory

HEAP = "384m"


@dataclass(frozen=True, slots=True)
class BrokerPorts:
    """Where one broker listens to clients and to the other controllers."""

    clients: int
    controller: int


class KafkaCluster:
    """Apache Kafka in KRaft mode; every broker is a controller too.

    With three brokers everything is written to three and acknowledged by two, so one may die
    under load. Storage is kept between starts of one directory, as is the cluster's id.
    """

    def __init__(
        self, directory: Path, brokers: int = 1, ports: Sequence[BrokerPorts] | None = None
    ) -> None:
        self.directory = directory.resolve()
        self._ports = list(ports or [BrokerPorts(free_port(), free_port()) for _ in range(brokers)])
        if len(self._ports) != brokers:
            raise ValueError(f"{brokers} brokers need {brokers} pairs of ports")
        self._processes: dict[int, Process] = {}

    @property
    def brokers(self) -> range:
        """The brokers' numbers, from 1."""
        return range(1, len(self._ports) + 1)

    @property
    def copies(self) -> int:
        """On how many brokers every record is kept; topics must be made with as many."""
        return min(3, len(self._ports))

    @property
    def bootstrap(self) -> str:
        """The addresses that clients connect to first."""
        return ",".join(f"{LOOPBACK}:{ports.clients}" for ports in self._ports)

    @property
    def cluster_id(self) -> str:
        """The cluster's id, made the first time and kept with the storage."""
        path = self.directory / "cluster-id"
        if not path.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            path.write_text(uuid.uuid4().hex[:22])
        return path.read_text()

    def start(self) -> None:
        """Fetch Kafka if need be, format storage the first time, start every broker."""
        classpath = fetch()
        for number in self.brokers:
            self._launch(number, classpath)
        for number in self.brokers:
            self._await(number)

    def stop(self) -> None:
        """Stop every broker in order."""
        # Together: a lone last broker of three cannot hand over its leadership and would wait.
        for process in self._processes.values():
            if process.running:
                process.send(process.stop_signal)
        for process in self._processes.values():
            process.stop(within=30)

    def start_broker(self, number: int) -> None:
        """Start one broker on the storage it had, and wait until it answers."""
        self._launch(number, fetch())
        self._await(number)

    def stop_broker(self, number: int) -> None:
        """Stop one broker in order."""
        self._processes[number].stop(within=30)

    def kill_broker(self, number: int) -> None:
        """End one broker at once."""
        self._processes[number].kill()

    def restart_broker(self, number: int) -> None:
        """Stop one broker in order and start it again."""
        self.stop_broker(number)
        self.start_broker(number)

    def kill(self) -> None:
        """End every broker at once."""
        for process in self._processes.values():
            process.kill()

    def running(self, number: int) -> bool:
        """Whether this broker is up."""
        return number in self._processes and self._processes[number].running

    def process(self, number: int) -> Process:
        """The process of one broker, for whoever supervises it."""
        return self._processes[number]

    def _launch(self, number: int, classpath: Path) -> None:
        if self.running(number):
            return
        ports = self._ports[number - 1]
        for port in (ports.clients, ports.controller):
            require_port(port, f"Kafka broker {number}")
        home = self.directory / f"broker-{number}"
        home.mkdir(parents=True, exist_ok=True)
        configuration = home / "server.properties"
        configuration.write_text(self._configuration(number))
        java = _java(classpath)
        if not (home / "data" / "meta.properties").exists():
            _run(
                [
                    *java,
                    "kafka.tools.StorageTool",
                    "format",
                    f"--cluster-id={self.cluster_id}",
                    f"--config={configuration}",
                ],
                f"formatting the storage of Kafka broker {number}",
            )
        process = Process(
            f"kafka-{number}",
            [*java, "kafka.Kafka", str(configuration)],
            log=self.directory / f"broker-{number}.log",
        )
        process.start()
        self._processes[number] = process

    def _await(self, number: int) -> None:
        port = self._ports[number - 1].clients
        try:
            # The client port opens when the broker is registered and unfenced.
            wait_until(lambda: answers(port), self._processes[number], seconds=90)
        except BaseException:
            self.kill()
            raise

    def _configuration(self, number: int) -> str:
        ports = self._ports[number - 1]
        copies = self.copies
        in_sync = max(1, copies - 1)
        voters = ",".join(f"{n}@{LOOPBACK}:{self._ports[n - 1].controller}" for n in self.brokers)
        settings = {
            "process.roles": "broker,controller",
            "node.id": number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"CLIENTS://{LOOPBACK}:{ports.clients},"
            f"CONTROLLER://{LOOPBACK}:{ports.controller}",
            "advertised.listeners": f"CLIENTS://{LOOPBACK}:{ports.clients}",
            "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "CLIENTS",
            "log.dirs": self.directory / f"broker-{number}" / "data",
            # Services create their topics; a misspelt one must not appear by being asked for.
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 10,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.num.partitions": 10,
            "transaction.state.log.min.isr": in_sync,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
            "unclean.leader.election.enable": "false",
            # Nobody waits for latecomers to a group on one machine.
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            # Dead brokers are noticed within seconds, as the fault tests expect.
            "broker.session.timeout.ms": 6000,
            "broker.heartbeat.interval.ms": 1000,
            "controlled.shutdown.max.retries": 1,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def fetch() -> Path:
    """The directory with Kafka's program files, fetched with Maven the first time."""
    missing = missing_tools()
    if missing:
        raise StartupError(missing)
    directory = state_directory() / "kafka"
    library = directory / "lib"
    stamp = directory / "lib.sha256"
    wanted = hashlib.sha256(KAFKA_POM.read_bytes()).hexdigest()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return library
        shutil.rmtree(library, ignore_errors=True)
        _run(
            [
                "mvn",
                "--batch-mode",
                "--quiet",
                f"--file={KAFKA_POM}",
                "dependency:copy-dependencies",
                f"-DoutputDirectory={library}",
            ],
            "fetching Apache Kafka with Maven",
        )
        stamp.write_text(wanted)
    return library


def missing_tools() -> str:
    """What this machine lacks to run Kafka and how to get it; empty when nothing is missing."""
    lacking = [
        f"{program} ({package})"
        for program, package in (("java", "openjdk-17-jre-headless or later"), ("mvn", "maven"))
        if shutil.which(program) is None
    ]
    if not lacking:
        return ""
    return (
        f"A real Apache Kafka needs {' and '.join(lacking)}. On Debian or Ubuntu: "
        "sudo apt-get install maven openjdk-17-jre-headless. "
        "Nothing else in Tradewind needs it: `make run` and `make test` bring a broker along."
    )


def _java(classpath: Path) -> list[str]:
    return [
        "java",
        f"-Xmx{HEAP}",
        f"-Dlog4j2.configurationFile={KAFKA_LOGGING}",
        "-Djava.net.preferIPv4Stack=true",
        "-cp",
        f"{classpath}/*",
    ]


def _run(command: Sequence[str], purpose: str) -> None:
    result = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode != 0:
        raise StartupError(f"{purpose.capitalize()} failed:\n{result.stdout.strip()[-3000:]}")
