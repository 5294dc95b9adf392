"""The words for numbers and quantities: one function each, with one precision each.

What is estimated or changes (durations, sizes) has two or three significant digits. What is counted
has all its digits. What is compared with other figures (scores, angles, coordinates) has a fixed
number of decimals.
"""

import math
from collections.abc import Iterable

THIN_SPACE = "\u2009"  # between thousands
FIGURE_SPACE = "\u2007"  # as wide as a digit
MINUS = "−"


def count(number: float) -> str:
    """A whole number with thin spaces between thousands, e.g. "12 800"."""
    return f"{number:,.0f}".replace(",", THIN_SPACE)


def counted(number: int, noun: str) -> str:
    """A count with its noun, e.g. "1 voxel", "1 280 voxels"."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def rough_count(number: float) -> str:
    """An estimated count with two significant digits, e.g. "12 000"."""
    digits = max(0, len(str(round(number))) - 2)
    return count(round(number, -digits))


def number(value: float) -> str:
    """Three decimals, or three significant digits where the value is small; a true minus sign."""
    if value == 0:
        return "0.000"
    text = f"{value:.3f}" if abs(value) >= 0.01 else f"{value:.3g}"
    return text.replace("-", MINUS) if float(text) else "0.000"


def significant(value: float, digits: int = 3) -> str:
    """As many significant digits, e.g. "0.0123", "−1.5", "1.2e+06"."""
    return f"{value:.{digits}g}".replace("-", MINUS)


def coordinates(values: Iterable[float]) -> str:
    """Coordinates with three decimals, each as wide with a sign as without."""
    texts = (f"{round(float(value), 3) + 0.0:.3f}".replace("-", MINUS) for value in values)
    return "  ".join(text.rjust(6, FIGURE_SPACE) for text in texts).lstrip(FIGURE_SPACE)


def percent(share: float, decimals: int = 0) -> str:
    """A share 0…1, e.g. "45 %"."""
    return f"{100 * share:.{decimals}f} %"


def degrees(angle: float) -> str:
    """E.g. "12.5°"."""
    return f"{angle:.1f}°"


def decibels(psnr: float) -> str:
    """A PSNR, e.g. "27.13 dB"."""
    return f"{psnr:.2f} dB"


def scores(psnr: float, ssim: float, lpips: float | None = None) -> str:
    """E.g. "27.13 dB, SSIM 0.912", "27.13 dB, SSIM 0.912, LPIPS 0.103"."""
    text = f"{decibels(psnr)}, SSIM {ssim:.3f}"
    return text if lpips is None else f"{text}, LPIPS {lpips:.3f}"


def duration(seconds: float) -> str:
    """How long something takes, e.g. "35 s", "12 min", "3 h 05 min", "2.5 days"."""
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes / (24 * 60):.1f} days"


def step_time(seconds: float) -> str:
    """The time of one training step, e.g. "230 ms", "1.5 s"."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def path_time(seconds: float) -> str:
    """A time on a camera path, to the frame, e.g. "2.50 s"."""
    return f"{seconds:.2f} s"


def speed(steps_per_second: float) -> str:
    """Steps a second, or seconds a step where that is more than one."""
    if steps_per_second >= 1:
        return f"{steps_per_second:.1f} steps/s"
    return f"{1 / steps_per_second:.1f} s a step"


def file_size(size: float) -> str:
    """Bytes on a disk in decimal units, as file managers write them, e.g. "12.5 MB", "1.2 GB"."""
    return _size(size, 1000, ("kB", "MB", "GB", "TB"))


def memory_size(size: float) -> str:
    """Bytes of memory in binary units, as the command line writes them, e.g. "7.2 GiB"."""
    return _size(size, 1024, ("KiB", "MiB", "GiB", "TiB"))


def _size(size: float, base: int, units: tuple[str, ...]) -> str:
    if size < base:
        return counted(round(size), "byte")
    value, index = size / base, 0
    while value >= base - 0.5 and index + 1 < len(units):
        value, index = value / base, index + 1
    unit = units[index]
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
