"""The numbers at the ticks of an axis, as short as their spacing allows."""

import math
from collections.abc import Sequence

PLAIN = (1e-3, 1e4)
"""Numbers of this size are written without an exponent."""

MAX_DIGITS = 6  # after the point, with an exponent

SPARSE, DENSE = 2.5, 0.8
"""Powers of ten in view, from which on only powers are written, and up to which every tick is."""


def tick_texts(values: Sequence[float], spacing: float) -> list[str]:
    """E.g. "0.25", "1.02e9", "−3e-9"; "0" is only zero itself."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest == 0 or PLAIN[0] <= largest < PLAIN[1]:
        places = max(0, math.ceil(-math.log10(spacing) - 1e-9))
        if abs(round(spacing, places) - spacing) > 1e-6 * spacing:  # a step of 0.25
            places += 1
        return [f"{value:.{places}f}" for value in values]
    steps = math.floor(math.log10(largest)) - math.floor(math.log10(spacing) + 1e-9)
    digits = min(max(steps, 0), MAX_DIGITS)
    return [_with_exponent(value, digits) for value in values]


def log_tick_texts(exponents: Sequence[float], span: float) -> list[str]:
    """Of ticks at 10 to these powers, "" for those that there is no room for.

    Args:
        span: powers of ten in view.
    """
    texts = []
    for exponent in exponents:
        power = math.floor(exponent + 1e-9)
        digit = round(10 ** (exponent - power))
        written = digit == 1 or span <= DENSE or (span < SPARSE and digit in (2, 5))
        texts.append(_log_text(digit, power) if written else "")
    return texts


def _log_text(digit: int, power: int) -> str:
    if -3 <= power < 4:
        return f"{digit * 10.0**power:.{max(0, -power)}f}"
    return f"{digit}e{power}"


def _with_exponent(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    mantissa, _, power = f"{value:.{digits}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(power)}"
