"""Compiling published versions, one at a time, in the worker."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import or_, select, text

from cpq import __version__
from cpq.catalog.models import Artefact, ConfigurationModel
from cpq.catalog.queries import document_of
from cpq.catalog.rules import Compilation, Status
from cpq.catalog.service.documents import model_of
from cpq.configuration.expressions import MeasureOf, walk
from cpq.configuration.model import Model, Supply
from cpq.settings import cpq_settings
from cpq.solving.compiled import Compiled, compile_formula
from cpq.solving.encoding import encode
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork

COMPILER: Final = __version__
"""Whoever encodes and compiles; another one compiles everything anew."""

BREATH_SECONDS: Final = 10.0
"""A transaction that says nothing for a minute is ended; compiling may take longer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What compiling a document came to."""

    artefact: bytes | None
    reason: str | None
    figures: dict[str, Any]


async def compile_next(uow: UnitOfWork) -> bool:
    """Compile a published version that this compiler has not seen; False when there is none.

    The bounds are those of the settings. A version that cannot be compiled is answered by search:
    the reason is kept, and it is not tried again with the same compiler.
    """
    seconds = cpq_settings().compile_seconds
    if not seconds:
        return False
    row = await uow.session.scalar(
        select(Artefact)
        .join(ConfigurationModel, ConfigurationModel.id == Artefact.model_id)
        .where(
            ConfigurationModel.status == Status.PUBLISHED.value,
            or_(
                Artefact.state == Compilation.PENDING.value,
                Artefact.compiled_by.is_distinct_from(COMPILER),
            ),
        )
        .order_by(Artefact.state != Compilation.PENDING.value, Artefact.model_id)
        .limit(1)
        .with_for_update(of=Artefact, skip_locked=True)
    )
    if row is None:
        return False
    content = await document_of(uow.session, row.model_id)
    working = asyncio.create_task(asyncio.to_thread(compiled, content, seconds))
    while not working.done():
        await asyncio.wait({working}, timeout=BREATH_SECONDS)
        await uow.session.execute(text("SELECT 1"))
    outcome = await working
    state = Compilation.NOT_COMPILED if outcome.artefact is None else Compilation.COMPILED
    row.state = state.value
    row.content = outcome.artefact
    row.reason = outcome.reason
    row.figures = outcome.figures
    row.compiled_by = COMPILER
    row.compiled_at = uow.now
    uow.audit(
        "configuration-model.compiled",
        "configuration-model",
        row.model_id,
        {"state": state.value, "reason": outcome.reason, **outcome.figures},
    )
    await uow.flush()
    return True


def compiled(content: bytes, seconds: float) -> Outcome:
    """Compile a version's document; whatever it refuses is the reason why there is no artefact."""
    started = time.monotonic()
    try:
        model = model_of(content)
        if _asks_for_amounts(model):
            return Outcome(
                None, "Its rules ask for price, cost or delivery, which change while it stays.", {}
            )
        encoding = encode(model, Supply({}))
        found = compile_formula(encoding.core, encoding.clauses(), seconds=seconds)
    except Refusal as refusal:
        return Outcome(None, refusal.detail, {})
    figures = {"milliseconds": round((time.monotonic() - started) * 1000)}
    if isinstance(found, Compiled):
        figures |= {"bytes": len(found.artefact), "megabytes": found.megabytes}
        return Outcome(found.artefact, None, figures)
    return Outcome(None, f"{found.why}: {found.detail}", figures)


def _asks_for_amounts(model: Model) -> bool:
    return any(isinstance(part, MeasureOf) for rule in model.rules for part in walk(rule.condition))
