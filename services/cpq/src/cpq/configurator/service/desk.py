"""Models and engines of this process: made once, shared by requests, bounded in memory.

An engine belongs to a version at one moment of supply. A version that is not published any more is
refused before an engine is looked for, and its engines are forgotten: whichever replica retired it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cpq.catalog import queries as catalog
from cpq.catalog import service as catalogue
from cpq.configuration.expressions import Measure, MeasureOf, walk
from cpq.configuration.model import Model, Supply, Target
from cpq.configurator.queries import World
from cpq.configurator.rules import Wording, has_amounts, items_of
from cpq.configurator.service.keeping import Kept
from cpq.settings import cpq_settings
from cpq.solving import ConfigurationTakesTooLong, Engine

T = TypeVar("T")

MODEL_SHARE = 4
"""One part in so many of the memory is for models, the rest for engines."""
OBJECTS_PER_BYTE = 12
"""Bytes of Python objects for each byte of a document, roughly; measured on real models."""
WORLD_SHARE = 32
"""One part in so many is for what is known of items."""
WORLD_BYTES = 4_000
"""Bytes of what is known of one item, roughly."""
SWEEP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """A version's model, read, with what every question needs of it."""

    model: Model
    wording: Wording
    skus: tuple[str, ...]
    names: dict[Target, bytes]
    """How answers begin a target's domain, as they have written it so far."""
    bound_to_currency: bool
    """It has amounts of its own, or rules about price or cost."""
    size_bytes: int

    @classmethod
    def of(cls, content: bytes) -> Loaded:
        """Read a version's document."""
        model = catalogue.model_of(content)
        return cls(
            model,
            Wording(model),
            items_of(model),
            {},
            has_amounts(model) or _speaks_of_money(model),
            len(content) * OBJECTS_PER_BYTE,
        )


def _speaks_of_money(model: Model) -> bool:
    conditions = [rule.condition for rule in model.rules]
    conditions += [preference.condition for preference in model.preferences]
    conditions += [message.condition for message in model.messages]
    conditions += [answer.then for question in model.questions for answer in question.answers]
    money = (Measure.PRICE, Measure.COST)
    return any(
        isinstance(part, MeasureOf) and part.measure in money
        for condition in conditions
        for part in walk(condition)
    )


@dataclass(frozen=True, slots=True)
class EngineKey:
    """Which engine answers: of a version, beside what the world says."""

    tenant: str
    version_id: UUID
    supply: str
    """The supply's fingerprint."""
    compiled: bool
    """It was made with what the worker compiled; one made before is not kept in its place."""


@dataclass(frozen=True, slots=True)
class WorldKey:
    """What is known of a version's items, as long as nobody tells anything new of them."""

    tenant: str
    version_id: UUID
    stamp: str
    currency: str
    day: date
    wanted_on: date
    company_id: UUID | None


@dataclass(frozen=True, slots=True)
class Supplied:
    """What is known of a version's items, and what an engine is told of it."""

    world: World
    supply: Supply
    fingerprint: str

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return WORLD_BYTES * (1 + len(self.world.wares))


class Desk:
    """What this process keeps in memory."""

    def __init__(self, limit: int) -> None:
        """Keep up to so many bytes."""
        self.models: Kept[tuple[str, UUID], Loaded] = Kept(
            "model", limit=limit // MODEL_SHARE, size_of=lambda loaded: loaded.size_bytes
        )
        self.engines: Kept[EngineKey, Engine] = Kept(
            "engine",
            limit=limit - limit // MODEL_SHARE - limit // WORLD_SHARE,
            size_of=lambda engine: engine.size_bytes,
        )
        self.worlds: Kept[WorldKey, Supplied] = Kept(
            "world", limit=limit // WORLD_SHARE, size_of=lambda supplied: supplied.size_bytes
        )
        self._making: dict[EngineKey, asyncio.Task[Engine]] = {}
        self._swept: dict[str, float] = {}

    async def load(self, tenant: str, version_id: UUID, content: bytes) -> Loaded:
        """The model of a version, read beside the event loop if nobody has read it."""
        key = (tenant, version_id)
        return await catalogue.compute(lambda _: self.models.get(key, lambda: Loaded.of(content)))

    async def ask(
        self,
        key: EngineKey,
        model: Model,
        supply: Supply,
        artefact: bytes | None,
        question: Callable[[Engine, float], T],
        *,
        seconds: float | None = None,
    ) -> T:
        """Put a question to the engine, made now if there is none, within the time it has.

        Raises `ConfigurationTakesTooLong`, `TooMuchWork`, and what the engine refuses.
        """
        engine = self.engines.find(key)
        if engine is None:
            engine = await self._made(key, lambda: Engine(model, supply, artefact=artefact))
        found = engine

        def answer(left: float) -> T:
            try:
                return question(found, left)
            finally:
                self.engines.used(key)

        return await catalogue.compute(answer, seconds=seconds)

    async def _made(self, key: EngineKey, make: Callable[[], Engine]) -> Engine:
        """Make an engine once, however many ask for it meanwhile; none of them holds a thread."""
        making = self._making.get(key)
        if making is None:
            making = asyncio.create_task(catalogue.compute(lambda _: self.engines.get(key, make)))
            self._making[key] = making
            making.add_done_callback(lambda task: self._finished(key, task))
        patience = cpq_settings().engine_seconds
        # Shielded: the engine is finished for whoever asks next, even if nobody waits for it now.
        done, _ = await asyncio.wait({making}, timeout=patience)
        if not done:
            raise ConfigurationTakesTooLong("the model is still being prepared; ask again")
        return making.result()

    def _finished(self, key: EngineKey, made: asyncio.Task[Engine]) -> None:
        del self._making[key]
        # Looked at, since whoever asked may have gone: then nobody else hears of a refusal.
        failed = made.cancelled() or made.exception() is not None
        if key.compiled and not failed:
            # Those of the same version that search are not asked any more.
            self.engines.drop(
                lambda old: (
                    (old.tenant, old.version_id, old.compiled)
                    == (key.tenant, key.version_id, False)
                )
            )

    async def sweep(self, session: AsyncSession, tenant: str) -> None:
        """Forget what belongs to versions that are not published any more, every half minute."""
        now = time.monotonic()
        if now - self._swept.get(tenant, -SWEEP_SECONDS) < SWEEP_SECONDS:
            return
        self._swept[tenant] = now
        kept = {key.version_id for key in self.engines.known() if key.tenant == tenant}
        kept |= {version_id for owner, version_id in self.models.known() if owner == tenant}
        if kept:
            published = await catalog.still_published(session, kept)
            for version_id in kept - published:
                self.forget(tenant, version_id)

    def forget(self, tenant: str, version_id: UUID) -> None:
        """Drop everything of a version."""
        self.engines.drop(lambda key: (key.tenant, key.version_id) == (tenant, version_id))
        self.models.drop(lambda key: key == (tenant, version_id))
        self.worlds.drop(lambda key: (key.tenant, key.version_id) == (tenant, version_id))


@cache
def desk() -> Desk:
    """The desk of this process."""
    return Desk(cpq_settings().engine_cache_bytes)
