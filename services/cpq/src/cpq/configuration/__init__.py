"""What can be configured, as data: models, their expressions, choices and answers. Pure.

`model` says what a configuration model is, `expressions` what its rules are made of, `answers`
what an engine says of a set of choices. Readers write models, `cpq.solving` answers questions
about them, `cpq.catalog` keeps them.
"""
