"""From which sides a scene was photographed, of cameras whose places are known."""

import numpy as np
import pytest

from dvox_core.geometry.cameras import Camera, look_at
from dvox_core.geometry.directions_seen import directions_seen

UP = np.array([0.0, 0.0, 1.0])


def ring(first: float, last: float, count: int, height: float = 1.0) -> list[Camera]:
    """Cameras at these angles around the middle, degrees."""
    return [
        look_at((4 * np.cos(a), 4 * np.sin(a), height), (0, 0, 0), (0, 0, 1))
        for a in np.radians(np.linspace(first, last, count))
    ]


def test_a_whole_round_is_seen_from_all_around() -> None:
    seen = directions_seen(ring(0, 345, 24), np.zeros(3), UP)
    assert seen.words == "seen from all around"
    assert seen.highest == pytest.approx(np.degrees(np.arctan2(1, 4)))


@pytest.mark.parametrize("start", [0.0, 77.0, 200.0])
def test_an_arc_leaves_what_lies_opposite_to_it_unseen(start: float) -> None:
    seen = directions_seen(ring(start, start + 110, 12), np.zeros(3), UP)
    assert seen.degrees == pytest.approx(150, abs=2)
    assert seen.words == f"seen from {seen.degrees:.0f}° of 360°, nothing from behind"
    ((middle, width),) = seen.gaps
    assert abs(middle) == pytest.approx(180, abs=2)
    assert width == pytest.approx(210, abs=2)


def test_left_and_right_are_those_of_somebody_who_stands_where_most_pictures_were_taken() -> None:
    # Cameras at −x look along +x; the viewer's right is −y.
    cameras = [*ring(150, 210, 20), *ring(60, 130, 3), ring(30, 30, 1)[0], ring(0, 0, 1)[0]]
    seen = directions_seen(cameras, np.zeros(3), UP)
    assert [round(middle) > 0 for middle, _ in seen.gaps] == [True]
    assert seen.words.endswith("nothing from the right")
