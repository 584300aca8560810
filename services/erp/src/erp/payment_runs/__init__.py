"""What to pay suppliers, and why.

Owns
    The company's own bank accounts; runs with their payments, lines and file. A proposal is
    computed from what is open.

Invariants
    Every open item of a supplier is in a proposal with the reason why it is paid or not; what a
    supplier is paid is its bills less early discounts and credits, and above zero; nobody is paid
    without approved bank details; the suppliers sum to the proposal. An item is in one run at a
    time; a run is approved by another person over the hash of its file, and released whole.

Hears
    Nothing.

Says
    Nothing.
"""
