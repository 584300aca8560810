"""What other services' facts mean for a deal, and how answers show them with source and age.

`deals` decides (pure), `payloads` shows. Quotes and configurations say the same of a fact because
they both ask here.
"""
