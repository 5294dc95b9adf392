"""The words for numbers, durations, sizes and counts."""

from typing import Any


def duration_text(seconds: float) -> str:
    """A time as people say it: no more digits than an estimate has."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = seconds / 60
    if minutes < 90:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    if hours < 10:
        return f"{hours:.1f} h"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def step_text(seconds: float) -> str:
    """The time of a step."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def size_text(size: int) -> str:
    """Bytes in decimal units, as disks are sold."""
    value, unit = (size / 1e9, "GB") if size >= 1e9 else (size / 1e6, "MB")
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def memory_text(size: int) -> str:
    """Bytes in GiB, as memory is counted."""
    return f"{size / 2**30:.1f} GiB"


def count_text(count: int) -> str:
    """A count with a thin space between thousands."""
    return f"{count:,}".replace(",", "\u2009")


def memory(mebibytes: float) -> str:
    """In decimal units."""
    size = mebibytes * 2**20
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def speed(steps_per_second: float) -> str:
    """Steps a second, or seconds a step where that is more than one."""
    if steps_per_second >= 1:
        return f"{steps_per_second:.1f} steps/s"
    return f"{1 / steps_per_second:.1f} s a step"


def duration(seconds: float) -> str:
    """E.g. "35 s", "12 min", "3 h 05 min"."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


def count(number: int | float) -> str:
    """A number with thin spaces between thousands."""
    return f"{number:,.0f}".replace(",", "\u2009")


FIGURE_SPACE = "\u2007"  # as wide as a figure


def number(value: float) -> str:
    """Three decimals, or three significant digits where the value is small; a true minus sign."""
    if value == 0:
        return "0.000"
    text = f"{value:.3f}" if abs(value) >= 0.01 else f"{value:.3g}"
    return text.replace("-", "−") if float(text) else "0.000"


def triple(values: Any) -> str:
    """Three coordinates with three decimals, each as wide with a sign as without."""
    texts = (f"{round(float(value), 3) + 0.0:.3f}".replace("-", "−") for value in values)
    return "  ".join(text.rjust(6, FIGURE_SPACE) for text in texts).lstrip(FIGURE_SPACE)


def file_size(size: int) -> str:
    """Bytes in decimal units, as file managers write them."""
    if size < 1000:
        return f"{size} bytes" if size != 1 else "1 byte"
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            break
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
