"""The catalogue of configuration models: what can be configured, in which version, on which day.

Owns: versions of configuration models with their documents, and what was compiled from them.
Invariants: draft -> published -> retired; a published version never changes, only its last day may
    come sooner; on one day a key has at most one published version; the content hash is the hash of
    the document.
Hears: nothing.
Says: ConfigurationModelPublished, ConfigurationModelRetired.
"""
