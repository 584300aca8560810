"""Charts of accounts from elsewhere: read whole, checked whole, taken whole or not at all.

Owns
    The record of each import with its findings, and the taxes that came with the chart.

Invariants
    Each account of a file is in the chart that is taken or in a finding that says why it is not;
    a chart with an error changes nothing; a chart takes the place of another only while nothing
    is posted; accounts that exist keep their kind.

Hears
    Nothing.

Says
    Nothing on the bus. Taxes of a chart are asked for by `queries.taxes`.
"""
