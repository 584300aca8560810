"""What documents on paper share: words and formats of a language, and setting pages.

For services that print: `wording` needs Babel, `typesetting` needs typst and the fonts, which they
declare themselves.
"""
