"""The words for connections to other machines."""

from dvox_core.remote.link import LinkFigures, LinkState
from viewer.text.units import duration, file_size


def line_text(figures: LinkFigures) -> str:
    """E.g. "box · 82 ms · 1.2 Mbit/s": host, delay there and back, what comes."""
    delay = "– ms" if figures.delay_ms is None else f"{figures.delay_ms:.0f} ms"
    return f"{figures.host} · {delay} · {figures.rate_bits / 1e6:.1f} Mbit/s"


def frame_text(figures: LinkFigures) -> str:
    """E.g. "16 kB a frame, JPEG 90, 2 under way"; '' before the first frame."""
    if not figures.frame_bytes:
        return ""
    return (
        f"{file_size(figures.frame_bytes)} a frame, {figures.quality}, "
        f"{figures.frames_under_way} under way"
    )


def lost_text(state: LinkState) -> str:
    """E.g. "box: connection lost, trying again in 4 s"."""
    if state.next_try_s is None:
        return f"{state.host}: connection lost, trying again now"
    return f"{state.host}: connection lost, trying again in {duration(state.next_try_s)}"
