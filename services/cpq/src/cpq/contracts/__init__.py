"""Contracts: what a customer has bought for a time, and everything that changed it.

Owns: contracts and their entries, each a quantity of something at a price over a stretch of days.
Invariants: entries are never changed or deleted: what a customer has on a day is the sum of those
    that hold on it, and never below nothing; on one day one thing has one price; a change and its
    reversal leave what was there before, and the money of both sums to nothing.
Hears: nothing.
Says: ContractStarted, ContractAmended.
"""
