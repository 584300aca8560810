"""What is compared to say what an option costs."""

from collections.abc import Sequence

from cpq.quotes.rules.structure import Standing, Stands, counting


def with_and_without(
    lines: Sequence[Standing], ramps: dict[str, str | None], key: str
) -> tuple[dict[str, bool], dict[str, bool]]:
    """Which lines count with an option and without it, by key; all else as it was chosen.

    `ramps` names the ramp of each line: its segments are taken together. With an alternative none
    of the others is there, and without it none at all, so that alternatives compare. What the
    option is a part of is there both times: it costs something before that is chosen, too.
    """
    by_key = {line.key: line for line in lines}
    selected = {line.key: line.selected for line in lines}

    def choose(key: str, taken: bool) -> None:
        first = by_key[key].alternative_of or key
        for line in lines:
            if first in (line.key, line.alternative_of):
                for segment, ramp in ramps.items():
                    if line.key in (segment, ramp):
                        selected[segment] = False
        for segment, ramp in ramps.items():
            if key in (segment, ramp):
                selected[segment] = taken

    above = by_key[key].parent
    while above is not None:
        if not selected[above]:
            choose(above, taken=True)
        above = by_key[above].parent
    found = []
    for taken in (True, False):
        choose(key, taken)
        counted = counting(
            [
                Stands(
                    line.key,
                    line.parent,
                    line.group,
                    line.optional,
                    selected[line.key],
                    line.alternative_of,
                )
                for line in lines
            ]
        )
        found.append({line.key: line.key in counted for line in lines})
    return found[0], found[1]
