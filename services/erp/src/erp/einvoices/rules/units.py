"""Units of measure as UN/ECE Recommendation 20 codes them, and as people write them."""

ONE = "C62"
_NAMES = {
    "C62": "one each ea pcs pc piece pieces unit units stk",
    "H87": "",
    "EA": "",
    "PR": "pair pairs",
    "DZN": "dozen",
    "GRO": "gross",
    "XBX": "box bx boxes",
    "XCS": "case cs cases",
    "XPK": "pack pk pac packs package",
    "SET": "set sets",
    "XBO": "bottle bo bottles",
    "XRO": "roll ro rolls",
    "XCT": "carton ct",
    "XPX": "pallet px",
    "GRM": "g gram grams",
    "KGM": "kg kilogram",
    "TNE": "t tonne ton",
    "LBR": "lb pound",
    "ONZ": "oz ounce",
    "MMT": "mm",
    "CMT": "cm",
    "MTR": "m metre",
    "KMT": "km",
    "INH": "in inch",
    "FOT": "ft foot",
    "MTK": "m2",
    "MTQ": "m3",
    "MLT": "ml",
    "LTR": "l litre",
    "KWH": "kwh",
    "SEC": "s second",
    "MIN": "min minute",
    "HUR": "h hour hours",
    "DAY": "d day days",
    "WEE": "week weeks",
    "MON": "month months mo",
    "ANN": "year years yr",
    "E49": "working-day",
}
_CODES = {name: code for code, names in _NAMES.items() for name in [code.lower(), *names.split()]}


def unit_code(unit: str) -> str:
    """The code of a unit (Rec 20, packages by Rec 21); "one" where it has none.

    A line says how many of what in its name as well, so that "one" is never wrong, only vague.
    """
    return _CODES.get(unit.strip().lower(), ONE)
