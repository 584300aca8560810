"""From a request to an engine that can answer it: the version, the world, the choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from cpq.catalog import queries as catalog
from cpq.catalog.queries import Version
from cpq.choices.asked import Asked, Said
from cpq.configuration.expressions import Value
from cpq.configuration.model import Choice, FactType, Model, Supply, Target
from cpq.configurator.queries import Buyer, World, buyer_of, stamp_of, world_of
from cpq.configurator.rules import (
    ConfigurationCurrencyDiffers,
    ConfigurationCustomerNotKnown,
    ConfigurationNeedsCurrency,
    days,
    fingerprint,
    supply_of,
)
from cpq.configurator.service.desk import Desk, EngineKey, Loaded, Supplied, WorldKey, desk
from cpq.solving import Engine
from servicekit.errors import Refusal
from servicekit.uow import ReadSession

T = TypeVar("T")

Opens = Callable[[], AbstractAsyncContextManager[ReadSession]]
"""Opens a transaction to read in; none is held while an engine works."""


@dataclass(frozen=True, slots=True)
class Question:
    """A configuration as a request states it, and whose eyes look at it."""

    model: str
    """The model's key."""
    model_version: int | None = None
    """None: the one that is published on the day."""
    on: date | None = None
    """The day whose version, prices and facts count; None: today."""
    choices: Sequence[Asked] = ()
    facts: Mapping[str, Said] | None = None
    currency: str | None = None
    customer_id: UUID | None = None
    tier: str | None = None
    company_id: UUID | None = None
    requested_on: date | None = None
    shown: Sequence[Asked] | None = None
    """The targets whose domains are wanted; None: all."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A question that an engine can answer."""

    version: Version
    loaded: Loaded
    world: World | None
    """None: the model speaks of no items."""
    currency: str | None
    day: date
    today: date
    buyer: Buyer | None
    tier: str
    country: str | None
    company_id: UUID | None
    """Who sells, where the question says so."""
    choices: tuple[Choice, ...]
    facts: dict[str, Value]
    shown: frozenset[Target] | None
    supply: Supply
    key: EngineKey
    artefact: bytes | None

    @property
    def model(self) -> Model:
        """The model of the version."""
        return self.loaded.model

    async def ask(
        self, question: Callable[[Engine, float], T], *, seconds: float | None = None
    ) -> T:
        """Put a question to the engine; see `Desk.ask`."""
        return await desk().ask(
            self.key, self.model, self.supply, self.artefact, question, seconds=seconds
        )


async def ready(opens: Opens, asked: Question) -> Ready:
    """Everything that an engine needs to answer.

    Raises `ConfigurationModelNotFound`, `ConfigurationModelIsNotPublished`,
    `ConfigurationCustomerNotKnown`, `ConfigurationNeedsCurrency`, `ConfigurationCurrencyDiffers`,
    `UnknownTarget`, `UnknownValue`, `UnknownFact`, `FactMakesNoSense`, `TooMuchWork`.
    """
    at = desk()
    async with opens() as reads:
        seen = await _look(reads, asked, at)
        loaded = at.models.find((reads.tenant, seen.version.id))
        if loaded is not None:
            return await _complete(reads, asked, at, seen, loaded)
        content = await catalog.document_of(reads.session, seen.version.id)
        tenant = reads.tenant
    loaded = await at.load(tenant, seen.version.id, content)
    async with opens() as reads:
        return await _complete(reads, asked, at, seen, loaded)


@dataclass(frozen=True, slots=True)
class Form:
    """A version and its model, for whoever shows what there is to choose."""

    version: Version
    loaded: Loaded


async def form(opens: Opens, asked: Question) -> Form:
    """A version's model. Raises what finding the version raises, see `ready`."""
    at = desk()
    async with opens() as reads:
        seen = await _look(reads, asked, at)
        loaded = at.models.find((reads.tenant, seen.version.id))
        if loaded is not None:
            return Form(seen.version, loaded)
        content = await catalog.document_of(reads.session, seen.version.id)
        tenant = reads.tenant
    return Form(seen.version, await at.load(tenant, seen.version.id, content))


@dataclass(frozen=True, slots=True)
class _Seen:
    version: Version
    buyer: Buyer | None
    day: date


async def _look(reads: ReadSession, asked: Question, at: Desk) -> _Seen:
    day = asked.on or reads.now.date()
    await at.sweep(reads.session, reads.tenant)
    try:
        version = await catalog.published_version(
            reads.session, asked.model, on=day, model_version=asked.model_version
        )
    except Refusal as refusal:
        over = refusal.context.get("version_id")
        if isinstance(over, UUID):
            at.forget(reads.tenant, over)
        raise
    buyer = None
    if asked.customer_id is not None:
        buyer = await buyer_of(reads.session, asked.customer_id, asked.company_id)
        if buyer is None:
            raise ConfigurationCustomerNotKnown(
                f"no customer {asked.customer_id}", field="customer_id"
            )
    return _Seen(version, buyer, day)


async def _complete(
    reads: ReadSession, asked: Question, at: Desk, seen: _Seen, loaded: Loaded
) -> Ready:
    version, buyer, day = seen.version, seen.buyer, seen.day
    currency = _currency(asked, seen, loaded)
    company_id = asked.company_id or (buyer.account.company_id if buyer and buyer.account else None)
    today = reads.now.date()
    supplied = None
    if loaded.skus:
        assert currency is not None
        wanted_on = max(asked.requested_on or today, today)
        supplied = await _supplied(
            reads, at, version.id, loaded, currency, day, wanted_on, company_id
        )
    tier = asked.tier or (buyer.customer.tier if buyer else "")
    country = buyer.customer.country if buyer else None
    said = loaded.wording.facts(asked.facts or {})
    choices = tuple(loaded.wording.choice(at, one) for at, one in enumerate(asked.choices))
    shown = None
    if asked.shown is not None:
        shown = frozenset(
            loaded.wording.target(one, f"targets.{at}") for at, one in enumerate(asked.shown)
        )
    facts = {**_facts_at_hand(loaded.model, tier, country, currency, day), **said}
    told = supplied.fingerprint if supplied else ""
    key = EngineKey(reads.tenant, version.id, told, version.compiled)
    artefact = None
    if version.compiled and key not in at.engines:
        artefact = await catalog.artefact_of(reads.session, version.id)
    return Ready(
        version=version,
        loaded=loaded,
        world=supplied.world if supplied else None,
        currency=currency,
        day=day,
        today=today,
        buyer=buyer,
        tier=tier,
        country=country,
        company_id=asked.company_id,
        choices=choices,
        facts=facts,
        shown=shown,
        supply=supplied.supply if supplied else Supply({}),
        key=key,
        artefact=artefact,
    )


async def _supplied(
    reads: ReadSession,
    at: Desk,
    version_id: UUID,
    loaded: Loaded,
    currency: str,
    day: date,
    wanted_on: date,
    company_id: UUID | None,
) -> Supplied:
    """What is known of the items, read again when an event has told something new of them."""
    stamp = await stamp_of(reads.session, loaded.skus)
    key = WorldKey(reads.tenant, version_id, stamp, currency, day, wanted_on, company_id)
    known = at.worlds.find(key)
    if known is not None:
        return known
    world = await world_of(
        reads.session,
        loaded.skus,
        currency=currency,
        day=day,
        wanted_on=wanted_on,
        company_id=company_id,
    )
    supply = supply_of(world.wares, currency, day)
    supplied = Supplied(world, supply, fingerprint(supply))
    at.worlds.put(key, supplied)
    return supplied


def _currency(asked: Question, seen: _Seen, loaded: Loaded) -> str | None:
    buyer = seen.buyer
    account = buyer.account.currency if buyer and buyer.account else None
    own = buyer.customer.currency if buyer else None
    currency = asked.currency or account or own or seen.version.currency
    if currency is None and loaded.skus:
        raise ConfigurationNeedsCurrency(
            f"{seen.version.key!r} speaks of items, whose prices have currencies", field="currency"
        )
    if loaded.bound_to_currency and seen.version.currency not in (None, currency):
        raise ConfigurationCurrencyDiffers(
            f"{seen.version.key!r} has amounts in {seen.version.currency}, not in {currency}",
            field="currency",
        )
    return currency


def _facts_at_hand(
    model: Model, tier: str, country: str | None, currency: str | None, day: date
) -> dict[str, Value]:
    """What the request knows anyway, for the facts that the model declares by these names."""
    texts = {"tier": tier or None, "country": country, "region": country, "currency": currency}
    found: dict[str, Value] = {}
    for fact in model.facts:
        if fact.type is FactType.DATE and fact.name == "date":
            number = days(day)
            if _within(number, fact.minimum, fact.maximum):
                found[fact.name] = number
        text = texts.get(fact.name) if fact.type is FactType.TEXT else None
        if text is not None:
            found[fact.name] = text
    return found


def _within(number: Value, least: Value | None, most: Value | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)  # type: ignore[operator]
