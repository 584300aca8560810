"""E-invoices: what is booked, as the documents that leave the house.

Owns
    The seller's legal details (one set per company) and the billing details of accounts: addresses,
    VAT numbers, bank account, language.

Invariants
    Nothing leaves that the official rules of EN 16931 refuse, or that they did not look at; every
    rendering of a document (UBL, CII, PDF) shows the same amounts, and the payable amount is the
    booked gross; nothing that the standard asks for is invented.

Hears
    Nothing.

Says
    Nothing.
"""
