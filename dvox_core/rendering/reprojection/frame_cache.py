"""Keeps rendered frames within a bound of memory, and finds those that suit a camera best."""

import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Frame

Floats = NDArray[np.float64]

DEFAULT_BYTES = 256 * 2**20

SAME_VIEW = 0.02
"""Degrees under which a frame is the view itself."""

FILL_WEIGHT = 0.02
"""Weight of a frame that only fills the holes of a better one."""

OPPOSITE = -0.3
"""Cosine of the two ways to two frames that stand on both sides of a camera.

Two frames on both sides are 1.5 to 2.5 dB better than one; on the same side they are worse.
"""

FARTHEST_PARTNER = 30.0
"""Degrees from which on a second frame only disturbs."""


NEARING_DEGREES = 10.0
"""What e times the distance to the pivot, or an e-th of it, counts as; a fifth is 2°."""


@dataclass(frozen=True)
class FrameChoice:
    """A frame to warp, and its share of the blend."""

    frame: Frame
    weight: float


class FrameCache:
    """True frames of one scene, the least recently used going first. Used from one thread.

    Once outdated (another backend, an edited grid), its frames are chosen only until the first new
    one is there.
    """

    def __init__(self, most_bytes: int = DEFAULT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._frames: OrderedDict[Hashable, Frame] = OrderedDict()
        self._bytes = 0
        self._outdated = False
        self._table: tuple[list[Frame], Floats, Floats] | None = None

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def size(self) -> int:
        """Bytes that the frames take."""
        return self._bytes

    @property
    def most_bytes(self) -> int:
        """Bytes that they may take."""
        return self._most_bytes

    @property
    def newest(self) -> Frame | None:
        """The frame that was added or used last."""
        return next(reversed(self._frames.values()), None)

    def add(self, frame: Frame) -> Frame:
        """Keep `frame` without its depth weights, in place of one of the same camera.

        It outdates frames that were rendered under other interventions.

        Returns:
            What is kept.
        """
        newest = self.newest
        if newest is not None and newest.interventions != frame.interventions:
            self._outdated = True
        if self._outdated:
            self.clear()
        if frame.visibility is not None or frame.float_picture is not None:
            frame = replace(frame, visibility=None, float_picture=None)  # large, and not warped
        former = self._frames.pop(frame.camera, None)
        if former is not None:
            self._bytes -= frame_bytes(former)
        self._frames[frame.camera] = frame
        self._bytes += frame_bytes(frame)
        while self._bytes > self._most_bytes and len(self._frames) > 1:
            _, oldest = self._frames.popitem(last=False)
            self._bytes -= frame_bytes(oldest)
        self._table = None
        return frame

    def outdate(self) -> None:
        """The frames show what is not so any more: the next one that is added replaces them all."""
        self._outdated = True

    def clear(self) -> None:
        """Forget every frame."""
        self._frames.clear()
        self._bytes = 0
        self._outdated = False
        self._table = None

    def frame_of(self, camera: Camera, pivot: Floats, within: float = SAME_VIEW) -> Frame | None:
        """The up-to-date frame nearest to `camera`, at most `within` degrees from it."""
        if not self.holds(camera, pivot, within):
            return None
        return self._cameras()[0][int(np.argmin(self._differences(camera, pivot)))]

    def holds(self, camera: Camera, pivot: Floats, within: float = SAME_VIEW) -> bool:
        """Whether an up-to-date frame is at most `within` degrees from `camera`."""
        if not self._frames or self._outdated:
            return False
        return bool(self._differences(camera, pivot).min() <= within)

    def choose(self, camera: Camera, pivot: Floats) -> list[FrameChoice]:
        """The frames to blend for `camera`, best first: up to three, none when the cache is empty.

        The nearest; the nearest on its other side, weighted by nearness; or, where there is none,
        others that fill its holes.
        """
        if not self._frames:
            return []
        frames, _, _ = self._cameras()
        away = self._differences(camera, pivot)
        best = int(np.argmin(away))
        self._frames.move_to_end(frames[best].camera)
        if away[best] <= SAME_VIEW:
            return [FrameChoice(frames[best], 1.0)]
        chosen = [FrameChoice(frames[best], 1.0)]
        ways = self._ways(camera, pivot)
        cosines = ways @ ways[best]
        beyond = np.where(cosines < OPPOSITE, away, np.inf)
        partner = int(np.argmin(beyond))
        has_partner = bool(beyond[partner] < FARTHEST_PARTNER)
        if has_partner:
            chosen.append(FrameChoice(frames[partner], float(away[best] / away[partner])))
            cosines = np.maximum(cosines, ways @ ways[partner])
        elsewhere = np.where(cosines < 0.5, away, np.inf)
        filler = int(np.argmin(elsewhere))
        if elsewhere[filler] < FARTHEST_PARTNER and not (has_partner and filler == partner):
            chosen.append(FrameChoice(frames[filler], FILL_WEIGHT))
        whole = sum(choice.weight for choice in chosen)
        return [FrameChoice(choice.frame, choice.weight / whole) for choice in chosen]

    def _cameras(self) -> tuple[list[Frame], Floats, Floats]:
        """Frames, their rotations [N, 3, 3] and positions [N, 3]."""
        if self._table is None:
            frames = list(self._frames.values())
            poses = np.stack([frame.camera.camera_to_world for frame in frames])
            self._table = frames, poses[:, :3, :3].copy(), poses[:, :3, 3].copy()
        return self._table

    def _differences(self, camera: Camera, pivot: Floats) -> Floats:
        """[N]: degrees by which each frame's view differs from `camera`'s, in turn or place."""
        _, rotations, positions = self._cameras()
        cosines = (np.einsum("nij,ij->n", rotations, camera.rotation) - 1) / 2
        turned = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
        return np.asarray(np.maximum(turned, _moved(positions, camera, pivot)))

    def _ways(self, camera: Camera, pivot: Floats) -> Floats:
        """[N, 6] unit vectors: where each frame lies from `camera`, in place and turn."""
        _, rotations, positions = self._cameras()
        places = (positions - camera.position) @ camera.rotation
        places = places / _reach(camera, pivot)
        turns = np.einsum("ji,njk->nik", camera.rotation, rotations)
        axes = np.stack(
            [
                turns[:, 2, 1] - turns[:, 1, 2],
                turns[:, 0, 2] - turns[:, 2, 0],
                turns[:, 1, 0] - turns[:, 0, 1],
            ],
            axis=1,
        )
        ways = np.concatenate([places, axes / 2], axis=1)
        return np.asarray(ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-12))


def view_difference(first: Camera, second: Camera, pivot: Floats) -> float:
    """Degrees by which two views differ: the turn, or what the way between them amounts to."""
    # By plain numbers: numpy's functions take ten times as long on three of them.
    cosine = (float((first.rotation * second.rotation).sum()) - 1) / 2
    turned = math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))
    middle = pivot.tolist()
    here = [place - origin for place, origin in zip(first.position.tolist(), middle, strict=True)]
    there = [place - origin for place, origin in zip(second.position.tolist(), middle, strict=True)]
    near, far = max(math.hypot(*here), 1e-12), max(math.hypot(*there), 1e-12)
    cosine = sum(one * other for one, other in zip(here, there, strict=True)) / (far * near)
    between = math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))
    return max(turned, math.hypot(between, NEARING_DEGREES * math.log(far / near)))


def frame_bytes(frame: Frame) -> int:
    """Bytes that a frame's arrays take."""
    arrays = (
        frame.picture,
        frame.depth,
        frame.contribution_depth,
        frame.entropy,
        frame.visibility,
        frame.float_picture,
        frame.outside_share,
        *(frame.trust.maps.values() if frame.trust is not None else ()),
    )
    return sum(array.nbytes for array in arrays if array is not None)


def _moved(positions: Floats, camera: Camera, pivot: Floats) -> Floats:
    """[N]: degrees between the ways from `pivot` to places [N, 3] and to the camera.

    Coming nearer shifts little against each other, and counts as little.
    """
    there, here = positions - pivot, camera.position - pivot
    far, near = np.linalg.norm(there, axis=1), _reach(camera, pivot)
    far = np.maximum(far, 1e-12)
    between = np.degrees(np.arccos(np.clip(there @ here / (far * near), -1, 1)))
    return np.asarray(np.hypot(between, NEARING_DEGREES * np.log(far / near)))


def _reach(camera: Camera, pivot: Floats) -> float:
    return max(float(np.linalg.norm(camera.position - pivot)), 1e-12)
