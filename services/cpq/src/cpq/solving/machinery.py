"""What is built once from a model and its supply, and shared by all requests."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from cpq.configuration.model import Model, Supply
from cpq.solving.compiled import ArtefactUnreadable, Circuit, fingerprint
from cpq.solving.completing import Completer
from cpq.solving.domains import Domains
from cpq.solving.encoding import Encoding, encode
from cpq.solving.explaining import Explainer
from cpq.solving.following import Following
from cpq.solving.optimal import optimiser
from cpq.solving.proposing import Proposer
from cpq.solving.requests import Requests
from cpq.solving.satisfying import Pool, Solver
from cpq.solving.showing import Display
from cpq.solving.totals import Amounting

if TYPE_CHECKING:
    from cpq.solving.optimal.optimiser import Optimiser


class Machinery:
    """An encoded model with its solvers. Safe to share between threads."""

    def __init__(self, model: Model, supply: Supply, artefact: bytes | None) -> None:
        """Encode the model. Raises `ModelIsTooLarge`, `ModelMakesNoSense`."""
        self.model = model
        self.supply = supply
        self.encoding: Encoding = encode(model, supply)
        self.circuit = self._circuit(artefact)
        self.requests = Requests(self.encoding)
        self.domains = Domains(self.encoding, self.requests.slots, self.circuit)
        self.proposer = Proposer(self.encoding, self.circuit)
        self.display = Display(self.encoding, self.requests.slots)
        self.following = Following(self.encoding, supply, self.requests.slots)
        self.amounting = Amounting(self.encoding.variables, supply)
        self.solvers: Pool[Solver] = Pool(self.fresh_solver)
        self.completer: Completer | None = None
        if self.circuit is not None:
            self.completer = Completer(self.circuit, self.encoding, self.amounting)
        self._explainer: Explainer | None = None
        self._optimiser: Optimiser | None = None
        self._lock = Lock()

    def _circuit(self, artefact: bytes | None) -> Circuit | None:
        """The compiled circuit, if it was compiled from these very clauses."""
        if artefact is None:
            return None
        try:
            circuit = Circuit.load(artefact)
        except ArtefactUnreadable:
            return None
        return circuit if circuit.fingerprint == self.fingerprint() else None

    def fingerprint(self) -> bytes:
        """Names the clauses that a circuit is compiled from."""
        return fingerprint(self.encoding.core, self.encoding.clauses())

    def fresh_solver(self) -> Solver:
        """A solver of one's own."""
        encoding = self.encoding
        clauses = [*encoding.clauses(), *encoding.extras]
        clauses.extend([-excluded.literal] for excluded in encoding.exclusions)
        return Solver(clauses, encoding.total)

    @property
    def explainer(self) -> Explainer:
        """Made when something is to be explained first."""
        with self._lock:
            if self._explainer is None:
                encoding = self.encoding
                if encoding.relies:
                    encoding = encode(self.model, self.supply, exclusive=False)
                self._explainer = Explainer(encoding)
            return self._explainer

    @property
    def optimiser(self) -> Optimiser:
        """Made when a best configuration is asked for first."""
        with self._lock:
            if self._optimiser is None:
                self._optimiser = optimiser(self.model, self.supply)
            return self._optimiser

    @property
    def size_bytes(self) -> int:
        """About how much memory all of it holds."""
        encoding = self.encoding
        literals = sum(
            len(clauses.flat)
            for clauses in (encoding.definitions, encoding.constraints, encoding.extras)
        )
        # A clause of three literals takes about 60 bytes in a solver; a slot and its part 2 KB.
        total = 4 * literals + 2_000 * len(self.requests.slots) + self.display.size_bytes
        total += sum(solver.size_bytes + 16 * literals for solver in self.solvers.made)
        if self.circuit is not None:
            total += self.circuit.size_bytes + self.proposer.size_bytes
        if self.completer is not None:
            total += self.completer.size_bytes
        if self._explainer is not None:
            total += self._explainer.size_bytes
        return total
