"""When Python looks for cycles of garbage: seldom, and never among what lives for ever.

A request for a long document makes hundreds of thousands of objects that all live until its answer
is written. The interpreter's default looks through the young ones every 700 of them and, again and
again, through everything: about 40 % of the time of a quote of a thousand lines. What is in cycles
waits a little longer to be freed; what is not is freed at once, as ever, by its reference count.
"""

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 50


def collect_seldom() -> None:
    """Call once, when everything is imported and before the first request or event."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
