"""Numbers that people type, with a point or a comma, wherever they are from."""

import re

_GAPS = dict.fromkeys(map(ord, " \u00a0\u2009\u202f'’_"))
"""What may stand between groups of three digits."""

_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?P<separator>[.,])\d{3})(?:(?P=separator)\d{3})*")
_UNFINISHED = re.compile(r"[+-]?[\d.,]*(?:e[+-]?\d*)?", re.IGNORECASE)


def parse_number(text: str) -> float | None:
    """The number that a text is, or None.

    A point or a comma stands before the decimals. Where both stand, or one of them several times,
    the others part groups of three digits.
    """
    plain = text.translate(_GAPS).replace("−", "-")
    last = max(plain.rfind("."), plain.rfind(","))
    if last >= 0:
        mark = plain[last]
        other = "," if mark == "." else "."
        before, after = plain[:last], plain[last + 1 :]
        if other in before:
            grouped = _GROUPED.fullmatch(before)
            if grouped is None or grouped["separator"] != other:
                return None
            plain = before.replace(other, "") + "." + after
        elif mark in before:
            if _GROUPED.fullmatch(plain) is None:
                return None
            plain = plain.replace(mark, "")
        else:
            plain = f"{before}.{after}"
    if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", plain, re.IGNORECASE):
        return None
    return float(plain)


def parse_whole_number(text: str) -> int | None:
    """The whole number that a text is, or None; 20,000 and 20.000 are twenty thousand."""
    plain = text.translate(_GAPS).replace("−", "-")
    if _GROUPED.fullmatch(plain):
        return int(re.sub(r"[.,]", "", plain))
    number = parse_number(plain)
    if number is None or abs(number) > 2**53 or number != round(number):
        return None
    return int(number)


def may_become_number(text: str) -> bool:
    """Whether a text can be typed on until it is a number."""
    return _UNFINISHED.fullmatch(text.translate(_GAPS).replace("−", "-")) is not None
