"""What is owed to suppliers.

Owns
    Suppliers with their terms and bank details, their bills and credit notes, payments to them,
    the open items of all of these and what settles them.

Invariants
    A bill is numbered without gaps when it is posted, and never altered afterwards; whoever
    entered a bill, or new bank details, does not approve them; a supplier's number is booked once;
    the open items of a document are the document; an allocation is taken back by its opposite;
    the open items of a company's suppliers equal the control account in the ledger, on any day.

Hears
    Nothing.

Says
    erp.bill: BillPosted.
    erp.supplier: SupplierPaid.
"""
