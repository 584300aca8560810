"""Documents: a quote as the customer reads it, as PDF, as HTML and as UBL.

Owns: how a seller presents itself on documents (letterhead, logo, texts), in numbered versions.
Invariants: a version of the presentation never changes; what was sent is shown with the version
    that held at that instant; the same offer, presentation and language give the same bytes; the
    lines that count sum to the net, the taxes by rate to the tax.
Hears: nothing.
Says: nothing.
"""
