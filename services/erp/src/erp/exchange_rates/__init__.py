"""What a currency is worth in another, by source and day.

Owns
    The recorded rates. A rate is how many units of `quote` one unit of `base` buys, as the
    European Central Bank gives its reference rates against the euro.

Invariants
    A recorded rate stays; a correction is recorded beside it, and the newest recording counts.
    What was booked keeps the amounts that it was booked with.

Hears
    Nothing.

Says
    Nothing on the bus.
"""
