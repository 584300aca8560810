"""What open items and money in foreign currencies are worth at the end of a period.

Owns
    Revaluations: one a company and day, with what each item was carried at and is worth.

Invariants
    A revaluation moves base amounts alone, by an entry; what stays of it on an item is what the
    item is carried at when it is settled, so that no gain is booked twice. Over the life of an
    item all gains and losses are what it brought in money less what it was booked at, whichever
    way it was revalued. A company has at most one standing revaluation a day, in order of days;
    it is taken back by reversal.

Hears
    Nothing.

Says
    Nothing on the bus.
"""
