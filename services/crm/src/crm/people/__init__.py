"""People: who they are, where they have roles, how to reach them, and what they allowed.

Owns: persons with their own addresses, mail addresses and phones; consents that a person gave
    whatever the company. A role at a company is a contact of the customers slice.
Invariants: a person has one name in all roles; one mail address and one phone are primary; every
    contact has a person, and what reaches the contact reaches the person; a consent entry is never
    altered, and what a withdrawal stops stays stopped until a later consent.
Hears: nothing.
Says: nothing; people stay at home.
"""
