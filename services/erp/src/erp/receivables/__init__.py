"""Who owes what.

Owns
    Receivables accounts (one per customer and company) with payment terms, credit limit and what
    was released beyond it, the exposure kept beside them; invoices, credit notes, payments and
    adjustments (write-offs, discounts, refunds, fees, interest), their open items and what settles
    them; payment terms, dunning policies, dunnings, disputes and promises.

Invariants
    Invoices are numbered without gaps and never altered; the open items of a document are the
    document; an allocation is taken back by its opposite, never altered, and never exceeds what is
    open on the invoice or left of the payment; the open items of a company's customers equal the
    control account in the ledger, at any time; credit exposure is open items plus open orders.

Hears
    crm.customer: CustomerCreated, CustomerChanged, CustomerTierChanged (opens the account in
    the default company).

Says
    erp.credit: CreditStatusChanged with every movement.
    erp.invoice: InvoiceIssued, InvoicePartiallyPaid, InvoicePaid, InvoiceReopened, InvoiceOverdue.
    erp.credit_note: CreditNoteIssued.
    erp.adjustment: AdjustmentPosted, AdjustmentReversed.
    erp.payment: PaymentReceived.
"""
