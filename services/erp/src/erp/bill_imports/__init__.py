"""Bills that suppliers send as files, read into drafts.

Owns: the files as they came, with their SHA-256, what the official rules found in them, and what
about them should be looked at.
Invariants: a file is read once; the figures of a draft are those of the file, to the cent; nothing
is booked or approved here.
Hears: nothing. Says: nothing.
"""
