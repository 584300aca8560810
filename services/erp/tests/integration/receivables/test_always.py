"""Whatever happens in whatever order: the books balance and say what the documents say."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp.app import service as erp_service
from erp.ledger import queries as ledger
from erp.ledger.rules import LockScope
from erp.ledger.service import create_company, set_locks
from erp.receivables import queries, service
from erp.receivables.rules import CreditWish
from servicekit.errors import Refusal
from servicekit.testing.postgres import Databases, ServiceDatabase
from servicekit.uow import Principal

CLERK = Principal.of_service("erp", "acme")
FIRST_DAY = date(2026, 1, 1)

AMOUNTS = st.integers(1, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))
DAYS = st.integers(0, 120).map(lambda days: FIRST_DAY + timedelta(days=days))
STEPS = st.one_of(
    st.tuples(
        st.just("invoice"),
        DAYS,
        st.lists(
            st.tuples(
                st.decimals(0, 500, places=4), st.sampled_from(["standard", "reduced", "zero"])
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    st.tuples(st.just("pay-oldest"), DAYS, AMOUNTS),
    st.tuples(st.just("pay-nothing-yet"), DAYS, AMOUNTS),
    st.tuples(st.just("pay-named"), DAYS, st.lists(AMOUNTS, min_size=1, max_size=3)),
    st.tuples(st.just("allocate"), DAYS, st.integers(0, 5)),
    st.tuples(st.just("undo"), DAYS, st.integers(0, 5)),
    st.tuples(st.just("credit"), DAYS, st.tuples(st.integers(0, 5), st.none() | AMOUNTS)),
    st.tuples(st.just("allocate-credit"), DAYS, st.integers(0, 5)),
    st.tuples(st.just("write-off"), DAYS, st.tuples(st.integers(0, 5), st.booleans())),
    st.tuples(st.just("refund"), DAYS, st.integers(0, 5)),
    st.tuples(st.just("reverse"), DAYS, st.integers(0, 5)),
    st.tuples(st.just("close"), DAYS, st.none()),
    st.tuples(st.just("mark-overdue"), DAYS, st.none()),
)


@pytest.fixture(scope="module")
async def books(databases: Databases) -> AsyncIterator[ServiceDatabase]:
    async with databases.of(erp_service) as database:
        yield database


async def new_account(books: ServiceDatabase) -> tuple[UUID, UUID]:
    """A company of its own for each example, and a customer's account in it."""
    async with books.app.unit_of_work(CLERK) as uow:
        code = uow.new_id().hex
        company = await create_company(uow, code=code, name=code, base_currency="EUR", country="DE")
        account = await service.ensure_account(uow, uuid4(), company.id)
    return company.id, account.id


def line(amount: Decimal, category: str) -> service.InvoiceLineInput:
    return service.InvoiceLineInput("Goods", Decimal(1), "pcs", amount, amount, category)


async def take(books: ServiceDatabase, account: UUID, step: tuple[str, date, object]) -> None:
    """Do one step in a transaction of its own; a rule may refuse it."""
    what, day, detail = step
    async with books.app.unit_of_work(CLERK) as uow:
        if what == "invoice":
            assert isinstance(detail, list)
            draft = await service.draft_invoice(
                uow, account, day, [line(amount, category) for amount, category in detail]
            )
            await service.issue_invoice(uow, draft)
        elif what == "mark-overdue":
            await service.mark_overdue(uow, day)
        elif what == "allocate":
            assert isinstance(detail, int)
            found = await uow.connection.fetch(
                "SELECT id FROM receivables_payment WHERE account_id = $1 ORDER BY id", account
            )
            if found:
                payment = found[detail % len(found)]["id"]
                await service.allocate_payment(uow, payment, allocated_on=day, wanted=None)
        elif what == "credit":
            assert isinstance(detail, tuple)
            at, amount = detail
            found = await uow.connection.fetch(
                "SELECT id FROM receivables_invoice WHERE account_id = $1 ORDER BY id", account
            )
            if found:
                await service.credit_invoice(
                    uow,
                    found[at % len(found)]["id"],
                    issued_on=day,
                    wishes=None if amount is None else [CreditWish(1, amount=amount)],
                    reason="Came back",
                )
        elif what == "close":
            # Each history has a company of its own: what is closed stays closed for the others.
            company = (await queries.account(uow.session, account)).company_id
            version = (await ledger.company(uow.session, company)).version
            await set_locks(uow, company, expected=version, locks={LockScope.ALL: day})
        elif what == "write-off":
            assert isinstance(detail, tuple)
            at, lowers_tax = detail
            items = await queries.open_items(uow.session, account)
            if items:
                chosen = items[at % len(items)]
                await service.write_off(
                    uow,
                    chosen.id,
                    amount=chosen.open_amount if at % 2 else Decimal("0.01"),
                    on=day,
                    reason="Lost",
                    lowers_tax=lowers_tax,
                )
        elif what == "refund":
            assert isinstance(detail, int)
            found = await uow.connection.fetch(
                "SELECT document_id FROM receivables_open_item WHERE account_id = $1"
                " AND side = 'credit' AND open_amount > 0 ORDER BY id",
                account,
            )
            if found:
                document = found[detail % len(found)]["document_id"]
                await service.refund(
                    uow, document, amount=None, on=day, reason="Paid back", reference=None
                )
        elif what == "reverse":
            assert isinstance(detail, int)
            found = await uow.connection.fetch(
                "SELECT id FROM receivables_adjustment WHERE account_id = $1 ORDER BY id", account
            )
            if found:
                chosen = found[detail % len(found)]["id"]
                await service.reverse_adjustment(uow, chosen, on=day, reason="A mistake")
        elif what == "allocate-credit":
            assert isinstance(detail, int)
            found = await uow.connection.fetch(
                "SELECT id FROM receivables_credit_note WHERE account_id = $1 ORDER BY id", account
            )
            if found:
                note = found[detail % len(found)]["id"]
                await service.allocate_credit_note(uow, note, allocated_on=day, wanted=None)
        elif what == "undo":
            assert isinstance(detail, int)
            found = await uow.connection.fetch(
                "SELECT id FROM receivables_matching WHERE account_id = $1 ORDER BY id", account
            )
            if found:
                chosen = found[detail % len(found)]["id"]
                await service.undo_allocation(uow, chosen, undone_on=day, reason="A mistake")
        else:
            items = await queries.open_items(uow.session, account)
            wanted: list[tuple[UUID, Decimal]] | None = None
            if what == "pay-named":
                assert isinstance(detail, list)
                wanted = [(item.id, part) for item, part in zip(items, detail, strict=False)]
                amount = sum(detail, start=Decimal(0))
            else:
                assert isinstance(detail, Decimal)
                amount = detail
                wanted = [] if what == "pay-nothing-yet" else None
            await service.receive_payment(
                uow,
                account_id=account,
                amount=amount,
                received_on=day,
                method="bank-transfer",
                reference=None,
                wanted=wanted,
            )


async def assert_all_agrees(books: ServiceDatabase, company: UUID) -> None:
    async with books.app.reading(CLERK) as reads:
        for proof in [
            *await ledger.proofs(reads.session, company),
            *await queries.proofs(reads.session, company),
        ]:
            assert proof.holds, proof
        for days in range(0, 200, 14):
            ageing = await queries.ageing(reads.session, company, FIRST_DAY + timedelta(days=days))
            assert ageing.agrees, ageing


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, min_size=1, max_size=12))
async def test_receivables_equal_the_control_account_after_any_sequence(
    books: ServiceDatabase, steps: list[tuple[str, date, object]]
) -> None:
    company, account = await new_account(books)
    for step in steps:
        # A refused step must leave nothing behind: the proofs below see to it.
        with contextlib.suppress(Refusal):
            await take(books, account, step)
    await assert_all_agrees(books, company)


async def test_many_at_once_neither_deadlock_nor_disagree(books: ServiceDatabase) -> None:
    company, first = await new_account(books)
    async with books.app.unit_of_work(CLERK) as uow:
        second = (await service.ensure_account(uow, uuid4(), company)).id

    async def busy(at: int) -> None:
        account = first if at % 3 else second
        await take(books, account, ("invoice", FIRST_DAY, [(Decimal("10.01"), "standard")]))
        await take(books, account, ("pay-oldest", FIRST_DAY, Decimal("7.77")))
        await take(books, account, ("allocate", FIRST_DAY, at))
        await take(books, account, ("mark-overdue", FIRST_DAY + timedelta(days=at), None))

    await asyncio.gather(*(busy(at) for at in range(24)))

    await assert_all_agrees(books, company)
    async with books.app.reading(CLERK) as reads:
        rows = await reads.session.connection()
        count = (
            await rows.exec_driver_sql(
                f"SELECT count(*), count(DISTINCT number) FROM receivables_invoice"
                f" WHERE company_id = '{company}'"
            )
        ).one()
    assert tuple(count) == (24, 24)


async def test_terms_are_changed_while_documents_are_booked(books: ServiceDatabase) -> None:
    company, account = await new_account(books)

    async def change(at: int) -> None:
        async with books.app.unit_of_work(CLERK) as uow:
            row = await queries.account(uow.session, account)
            with contextlib.suppress(Refusal):  # Another change may have come first.
                await service.change_account(
                    uow,
                    account,
                    expected=row.version,
                    changes={"payment_terms_days": at, "credit_limit": Decimal(1000 + at)},
                )

    await asyncio.gather(
        *(
            work
            for at in range(16)
            for work in (
                take(books, account, ("invoice", FIRST_DAY, [(Decimal("1.01"), "standard")])),
                change(at),
            )
        )
    )

    await assert_all_agrees(books, company)
