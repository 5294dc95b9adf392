"""Keyframes and the path they make: values that never change, edited by making new ones."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import Camera

SHORTEST_STEP = 1e-3
"""Seconds that two keys are apart at least."""

DEFAULT_STEP = 2.0
"""Seconds from one key to the next where nobody says."""

FARTHEST = 1e7
"""Seconds of a key's time and degrees of its roll, at most."""

MOST_FRAMES = 1_000_000
"""Of a path: nine hours at 30 frames a second."""

LARGEST_SIDE = 65536
"""Pixels of a video."""


@dataclass(frozen=True)
class Keyframe:
    """A view that the path passes through exactly.

    Attributes:
        camera: the pose.
        seconds: when, counted from the first key.
        tension: of the curve here, −1 (wide) … 0 (Catmull–Rom) … 1 (corner); None for the path's.
        ease: 0 passes at speed, 1 comes to rest.
        roll: degrees that the picture is turned around the viewing direction beyond the pose,
            clockwise for the camera; interpolated as a number, so 360 is a whole turn.
        vertical_fov: degrees; None for the path's.
    """

    camera: Camera
    seconds: float = 0.0
    tension: float | None = None
    ease: float = 0.0
    roll: float = 0.0
    vertical_fov: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("time", self.seconds), ("roll", self.roll)):
            if not abs(value) <= FARTHEST:  # True for NaN too
                raise CameraPathError(
                    f"a keyframe's {name} is {value}; write a number up to {FARTHEST:g}"
                )
        if self.tension is not None:
            _require_range("a keyframe's tension", self.tension, -1.0, 1.0)
        _require_range("a keyframe's ease", self.ease, 0.0, 1.0)
        if self.vertical_fov is not None:
            _require_fov("a keyframe's field of view", self.vertical_fov)


@dataclass(frozen=True)
class Crop:
    """nerfstudio's box around a scene; kept and written back, not used here."""

    center: tuple[float, float, float]
    scale: tuple[float, float, float]
    rotation: tuple[float, float, float] = (0.0, 0.0, 0.0)  # roll, pitch, yaw, radians
    background: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True)
class CameraPath:
    """Keyframes in order of time, and how to go through them.

    Empty and one-key paths exist, as an editor begins with them; only recording refuses them.

    Attributes:
        keyframes: the first at 0 s, each at least `SHORTEST_STEP` after the one before.
        fps: frames a second of a video.
        size: (width, height) of a video in pixels; None if nobody chose.
        loop: whether the path goes on from the last key to the first.
        closing_seconds: what that takes.
        tension: of keys that have none of their own.
        vertical_fov: degrees, of keys that have none of their own; None for the scene's.
        default_step: seconds to the next new key.
        crop: a box read from a file, kept for it.
    """

    keyframes: tuple[Keyframe, ...] = ()
    fps: float = 30.0
    size: tuple[int, int] | None = None
    loop: bool = False
    closing_seconds: float = DEFAULT_STEP
    tension: float = 0.0
    vertical_fov: float | None = None
    default_step: float = DEFAULT_STEP
    crop: Crop | None = field(default=None)

    def __post_init__(self) -> None:
        _require_range("the path's tension", self.tension, -1.0, 1.0)
        _require_range("frames a second", self.fps, 0.1, 1000.0)
        for name, value in (
            ("the loop's closing time", self.closing_seconds),
            ("the time between keys", self.default_step),
        ):
            _require_range(name, value, SHORTEST_STEP, 86400.0)
        if self.vertical_fov is not None:
            _require_fov("the path's field of view", self.vertical_fov)
        if self.size is not None and not 1 <= min(self.size) <= max(self.size) <= LARGEST_SIDE:
            width, height = (f"{side:d}"[:20] for side in self.size)
            raise CameraPathError(
                f"the video's size is {width} × {height}; write sides of 1 to {LARGEST_SIDE}"
            )
        if self.keyframes and self.keyframes[0].seconds != 0:
            raise CameraPathError(
                f"the first keyframe is at {self.keyframes[0].seconds:g} s; a path starts at 0 s"
            )
        if self.fps * self.seconds > MOST_FRAMES:
            raise CameraPathError(
                f"{self.seconds:g} s at {self.fps:g} frames a second are more than {MOST_FRAMES} "
                "frames; make the path shorter"
            )
        times = self.times
        for index in range(1, len(times)):
            if times[index] - times[index - 1] < SHORTEST_STEP / 2:
                raise CameraPathError(
                    f"keyframes {index} and {index + 1} are both at {times[index]:g} s or in the "
                    "wrong order; give each a later time than the one before"
                )

    @property
    def times(self) -> tuple[float, ...]:
        """When each key is, in seconds."""
        return tuple(key.seconds for key in self.keyframes)

    @property
    def last_key_seconds(self) -> float:
        """When the last key is; 0 without keys."""
        return self.keyframes[-1].seconds if self.keyframes else 0.0

    @property
    def closes(self) -> bool:
        """Whether it does come back to its first key: a loop of two keys and more."""
        return self.loop and len(self.keyframes) > 1

    @property
    def seconds(self) -> float:
        """The whole path's duration, a loop's way back included."""
        return self.last_key_seconds + (self.closing_seconds if self.closes else 0.0)

    @property
    def frame_count(self) -> int:
        """How many frames a video of it has: `fps` times `seconds`, and one at least."""
        return max(1, round(self.fps * self.seconds)) if self.keyframes else 0

    def frame_seconds(self) -> tuple[float, ...]:
        """When each frame is: evenly, the first on the first key, the last on the last.

        A loop's last frame stands one step before the first, so that it can be played endlessly.
        """
        count = self.frame_count
        if count <= 1:
            return (0.0,) * count
        step = self.seconds / (count if self.closes else count - 1)
        times = [index * step for index in range(count)]
        if not self.closes:
            times[-1] = self.seconds
        return tuple(times)

    def appended(self, camera: Camera) -> "CameraPath":
        """With a key of `camera` after the last one, `default_step` later."""
        seconds = self.last_key_seconds + self.default_step if self.keyframes else 0.0
        return replace(self, keyframes=(*self.keyframes, Keyframe(camera, seconds)))

    def inserted(self, keyframe: Keyframe) -> tuple["CameraPath", int]:
        """With `keyframe` at its own time, and its index there.

        A key that is there already is replaced. Before the first key all others move later.
        """
        kept = [key for key in self.keyframes if abs(key.seconds - keyframe.seconds) >= _CLASH]
        keys = sorted([*kept, keyframe], key=lambda key: key.seconds)
        index = next(number for number, key in enumerate(keys) if key is keyframe)
        return self._with(keys), index

    def replaced(self, index: int, keyframe: Keyframe) -> "CameraPath":
        """With `keyframe` instead of the one at `index`, at the former's time."""
        keys = list(self.keyframes)
        keys[index] = replace(keyframe, seconds=keys[index].seconds)
        return replace(self, keyframes=tuple(keys))

    def with_camera(self, index: int, camera: Camera) -> "CameraPath":
        """With another pose for the key at `index`; its time and the rest stay."""
        return self.replaced(index, replace(self.keyframes[index], camera=camera))

    def without(self, indices: Collection[int]) -> "CameraPath":
        """Without the keys at `indices`; the others keep their distance in time."""
        return self._with([key for i, key in enumerate(self.keyframes) if i not in indices])

    def moved(
        self, indices: Collection[int], by_seconds: float
    ) -> tuple["CameraPath", tuple[int, ...]]:
        """With the keys at `indices` later (earlier where negative), and their new indices.

        A key that is moved past others changes places with them; where it would meet one, it
        stops `SHORTEST_STEP` beside it.
        """
        return self._placed(
            (key.seconds + (by_seconds if i in indices else 0.0), i in indices, key)
            for i, key in enumerate(self.keyframes)
        )

    def moved_to(self, index: int, seconds: float) -> tuple["CameraPath", int]:
        """With the key at `index` at another time, and its new index; as `moved`."""
        path, (new,) = self.moved((index,), seconds - self.keyframes[index].seconds)
        return path, new

    def duplicated(self, indices: Collection[int]) -> tuple["CameraPath", tuple[int, ...]]:
        """With copies of the keys at `indices` after the last of them, and the copies' indices.

        Keys after them move later, so that nothing else changes.
        """
        chosen = [self.keyframes[i] for i in sorted(indices)]
        if not chosen:
            return self, ()
        place = max(indices) + 1
        before, after = self.keyframes[:place], self.keyframes[place:]
        step = self.default_step
        if len(chosen) > 1:
            step = (chosen[-1].seconds - chosen[0].seconds) / (len(chosen) - 1)
        offset = before[-1].seconds + step - chosen[0].seconds
        copies = [replace(key, seconds=key.seconds + offset) for key in chosen]
        room = copies[-1].seconds - before[-1].seconds
        later = [replace(key, seconds=key.seconds + room) for key in after]
        return self._with([*before, *copies, *later]), tuple(range(place, place + len(copies)))

    def reordered(self, index: int, new_index: int) -> "CameraPath":
        """With the key at `index` at another place in the order; the times stay where they are."""
        keys = list(self.keyframes)
        keys.insert(new_index, keys.pop(index))
        pairs = zip(keys, self.times, strict=True)
        return replace(self, keyframes=tuple(replace(key, seconds=time) for key, time in pairs))

    def with_seconds(self, seconds: float) -> "CameraPath":
        """Stretched or squeezed to last `seconds`; a path of less than two keys stays as it is."""
        if self.seconds <= 0:
            return self
        factor = seconds / self.seconds
        keys = tuple(replace(key, seconds=key.seconds * factor) for key in self.keyframes)
        return replace(self, keyframes=keys, closing_seconds=self.closing_seconds * factor)

    def reversed(self) -> "CameraPath":
        """The same way backwards; a loop keeps its first key first."""
        if not self.keyframes:
            return self
        last = self.last_key_seconds
        if not self.closes:
            keys = [replace(key, seconds=last - key.seconds) for key in self.keyframes[::-1]]
            return replace(self, keyframes=tuple(keys))
        whole = self.seconds
        rest = [replace(key, seconds=whole - key.seconds) for key in self.keyframes[:0:-1]]
        return replace(
            self,
            keyframes=(self.keyframes[0], *rest),
            closing_seconds=self.keyframes[1].seconds,
        )

    def _placed(
        self, wanted: Iterable[tuple[float, bool, Keyframe]]
    ) -> tuple["CameraPath", tuple[int, ...]]:
        """Keys at wanted times, made to keep their distance; the indices of those marked."""
        order = sorted(wanted, key=lambda item: item[0])
        keys: list[Keyframe] = []
        for seconds, _, key in order:
            earliest = keys[-1].seconds + SHORTEST_STEP if keys else seconds
            keys.append(replace(key, seconds=max(seconds, earliest)))
        return self._with(keys), tuple(i for i, (_, marked, _) in enumerate(order) if marked)

    def _with(self, keys: list[Keyframe]) -> "CameraPath":
        """With these keys, the first one's time as the new 0 s."""
        start = keys[0].seconds if keys else 0.0
        if start:
            keys = [replace(key, seconds=key.seconds - start) for key in keys]
        return replace(self, keyframes=tuple(keys))


_CLASH = SHORTEST_STEP * (1 - 1e-6)


def _require_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # False for NaN too
        raise CameraPathError(f"{name} is {value:g}; write a number from {low:g} to {high:g}")


def _require_fov(name: str, value: float) -> None:
    if not 0 < value < 180:
        raise CameraPathError(f"{name} is {value:g}°; write an angle between 0 and 180 degrees")
