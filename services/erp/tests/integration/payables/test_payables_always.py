"""Whatever happens in whatever order: what is owed is what the control account says, on any day."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp.app import service as erp_service
from erp.ledger import queries as ledger
from erp.ledger.service import create_company
from erp.payables import queries, service
from servicekit.errors import Refusal
from servicekit.testing.postgres import Databases, ServiceDatabase
from servicekit.uow import Principal

CLERK = Principal.of_service("erp", "acme")
HEAD = replace(CLERK, subject="head")
FIRST_DAY = date(2026, 1, 1)
RATE = Decimal("0.19")

AMOUNTS = st.integers(1, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))
DAYS = st.integers(0, 120).map(lambda days: FIRST_DAY + timedelta(days=days))
STEPS = st.one_of(
    st.tuples(st.sampled_from(["bill", "credit-note"]), DAYS, AMOUNTS),
    st.tuples(st.sampled_from(["pay", "pay-nothing-yet"]), DAYS, AMOUNTS),
    st.tuples(st.sampled_from(["allocate", "undo"]), DAYS, st.integers(0, 5)),
)


@pytest.fixture(scope="module")
async def books(databases: Databases) -> AsyncIterator[ServiceDatabase]:
    async with databases.of(erp_service) as database:
        yield database


async def new_supplier(books: ServiceDatabase) -> tuple[UUID, UUID, UUID]:
    """A company of its own for each example, a supplier in it, and an account for cost."""
    async with books.app.unit_of_work(CLERK) as uow:
        code = uow.new_id().hex
        company = await create_company(uow, code=code, name=code, base_currency="EUR", country="DE")
        supplier = await service.add_supplier(
            uow,
            company.id,
            number="1",
            currency=None,
            values={"name": "Mill", "country": "DE", "payment_terms_days": 30},
        )
        chart = await ledger.chart(uow.session, company.id)
        cost = next(row.id for row in chart if row.code == "6900")
    return company.id, supplier.id, cost


async def enter(
    books: ServiceDatabase, supplier: UUID, cost: UUID, kind: str, day: date, net: Decimal
) -> None:
    tax = (net * RATE).quantize(Decimal("0.01"))
    async with books.app.unit_of_work(CLERK) as uow:
        detail = await service.enter_bill(
            uow,
            service.BillInput(
                supplier_id=supplier,
                kind=service.BillKind(kind),
                supplier_reference=uow.new_id().hex,
                issued_on=day,
                currency=None,
                due_on=None,
                payment_reference=None,
                lines=[service.BillLineInput("Goods", net, "standard", RATE, account_id=cost)],
                taxes=[service.StatedTax("standard", RATE, net, tax)],
            ),
        )
        bill = detail.bill.id
    async with books.app.unit_of_work(HEAD) as uow:
        await service.approve_bill(uow, bill, expected=1)
    async with books.app.unit_of_work(CLERK) as uow:
        await service.post_bill(uow, bill, expected=2)


async def take(
    books: ServiceDatabase, supplier: UUID, cost: UUID, step: tuple[str, date, Decimal | int]
) -> None:
    what, day, detail = step
    if isinstance(detail, Decimal) and what in ("bill", "credit-note"):
        await enter(books, supplier, cost, what, day, detail)
        return
    async with books.app.unit_of_work(CLERK) as uow:
        if isinstance(detail, Decimal):
            paid = service.PaymentInput(supplier, "EUR", detail, day)
            await service.pay_supplier(uow, paid, wanted=[] if what == "pay-nothing-yet" else None)
            return
        table, column = (
            ("payables_matching", "id") if what == "undo" else ("payables_open_item", "document_id")
        )
        found = await uow.connection.fetch(
            f"SELECT {column} AS id FROM {table} WHERE supplier_id = $1 ORDER BY id", supplier
        )
        if not found:
            return
        chosen = found[detail % len(found)]["id"]
        if what == "undo":
            await service.undo_allocation(uow, chosen, undone_on=day, reason="A mistake")
        else:
            await service.allocate(uow, chosen, allocated_on=day, wanted=None)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, min_size=1, max_size=12))
async def test_payables_equal_the_control_account_after_any_sequence(
    books: ServiceDatabase, steps: list[tuple[str, date, Decimal | int]]
) -> None:
    company, supplier, cost = await new_supplier(books)
    for step in steps:
        # A refused step must leave nothing behind: the proofs below see to it.
        with contextlib.suppress(Refusal):
            await take(books, supplier, cost, step)
    async with books.app.reading(CLERK) as reads:
        for proof in [
            *await ledger.proofs(reads.session, company),
            *await queries.proofs(reads.session, company),
        ]:
            assert proof.holds, proof
        for days in (0, 20, 60, 90, 200):
            ageing = await queries.ageing(reads.session, company, FIRST_DAY + timedelta(days=days))
            assert ageing.agrees, ageing
