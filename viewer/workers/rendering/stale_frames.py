"""Decides whether the frame that is being rendered is still worth its end."""

import time
from collections.abc import Callable

from dvox_core.geometry.cameras import Camera

REST_S = 0.1
"""A view that has waited unchanged for this long is where the camera rests.

While the camera moves, giving a frame up gains nothing: the next one will be as old when it is
done, and come later. Where the camera has stopped, an older frame only holds up the right one.
"""

LIMIT_S = 1.5
"""However often frames are given up, one is rendered to its end within this time."""

FAR_DEGREES = 1.0
FAR_SHARE = 0.02
"""How far the new view must be: turned by so much, or moved by so much of the grid's side."""

MIN_GAIN_S = 0.05
"""A frame that is nearly done is rendered to its end."""


class StaleFrameRule:
    """Knows the frame in work and what frames cost; times are those of `clock`, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._camera: Camera | None = None
        self._side = 1.0  # of the grid, world units
        self._began = 0.0  # the frame in work
        self._first_began = 0.0  # the first frame since one was done
        self._given_up = 0  # frames since one was done
        self._cost_s = 0.0  # of the last frame that was done

    def forget(self) -> None:
        """Another scene or another renderer: frames may cost something else."""
        self._given_up, self._cost_s = 0, 0.0

    def begin(self, camera: Camera, side: float) -> None:
        """A frame is begun.

        Args:
            side: of the grid's cube, world units.
        """
        self._camera, self._side, self._began = camera, side, self._clock()
        if not self._given_up:
            self._first_began = self._began

    def end(self) -> None:
        """The frame is done."""
        self._cost_s, self._given_up = self._clock() - self._began, 0

    def give_up(self) -> None:
        """The frame was given up."""
        self._given_up += 1

    def is_stale(self, waiting: Camera, since: float) -> bool:
        """Whether to give the frame in work up for a view that waits, asked for at `since`."""
        now = self._clock()
        if self._camera is None or now - since < REST_S or not self._is_far(waiting):
            return False
        if self._cost_s and self._began + self._cost_s - now < MIN_GAIN_S:
            return False
        # Frames slower than the limit cannot keep it: for those, one may be given up for each done.
        in_time = now + self._cost_s <= self._first_began + LIMIT_S
        return in_time or not self._given_up

    def _is_far(self, waiting: Camera) -> bool:
        assert self._camera is not None
        return (
            self._camera.angle_to(waiting) > FAR_DEGREES
            or self._camera.distance_to(waiting) > FAR_SHARE * self._side
        )
