"""Maps seconds to pixels of the timeline, and chooses the labels of its ruler."""

from dataclasses import dataclass

MARGIN = 20
"""Pixels at both ends, so that a keyframe at 0 s can be grabbed."""

EMPTY_SECONDS = 10.0
"""What an empty timeline shows."""

LABEL_ROOM = 72
"""Least distance of two labels, in pixels."""

STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
CLOSEST = 0.02
"""Fewest seconds that the timeline shows."""


@dataclass(frozen=True)
class TimeScale:
    """A span of time on a width in pixels.

    Attributes:
        start: seconds at the left margin.
        span: seconds between the margins.
        width: pixels, margins included.
    """

    start: float
    span: float
    width: float

    @property
    def pixels_a_second(self) -> float:
        """Pixels for each second."""
        return max(self.width - 2 * MARGIN, 1.0) / self.span

    def x(self, seconds: float) -> float:
        """The x of a time."""
        return MARGIN + (seconds - self.start) * self.pixels_a_second

    def seconds(self, x: float) -> float:
        """The time at x."""
        return self.start + (x - MARGIN) / self.pixels_a_second

    def zoomed(self, factor: float, x: float, whole: float) -> "TimeScale":
        """Zoomed in by `factor` around `x`; shows `whole` seconds at most."""
        span = min(max(self.span / factor, CLOSEST), whole)
        share = (x - MARGIN) / max(self.width - 2 * MARGIN, 1.0)
        start = self.seconds(x) - share * span
        return TimeScale(min(max(start, 0.0), whole - span), span, self.width)

    def panned(self, by_seconds: float, whole: float) -> "TimeScale":
        """Moved by so many seconds, within the whole."""
        start = min(max(self.start + by_seconds, 0.0), max(whole - self.span, 0.0))
        return TimeScale(start, self.span, self.width)

    def marks(self) -> tuple[float, list[tuple[float, str]]]:
        """Seconds between small marks, and the visible times with their labels."""
        wanted = LABEL_ROOM / self.pixels_a_second
        step = next((step for step in STEPS if step >= wanted), STEPS[-1])
        digits = 1 if step < 1 else 0
        first = max(int(self.seconds(0) / step), 0)
        last = int(self.seconds(self.width) / step) + 1
        times = [index * step for index in range(first, last + 1)]
        return step / 5, [(time, _written(time, digits)) for time in times]


def _written(seconds: float, digits: int) -> str:
    if seconds >= 60:
        minutes, rest = divmod(round(seconds, digits), 60)
        return f"{int(minutes)}:{rest:0{3 + digits if digits else 2}.{digits}f}"
    return f"{seconds:.{digits}f} s"
