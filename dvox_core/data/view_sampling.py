"""A capture's training pictures in memory, and which of them each training step takes."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.data.capture import Capture
from dvox_core.data.pictures import load_picture
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.nearest_views import by_viewing_direction


@dataclass(frozen=True, eq=False)
class TrainingViews:
    """Pictures and cameras of a capture's training split.

    Attributes:
        pictures: [N, 3, S, S] uint8.
        poses: N camera-to-world transforms, [4, 4] float64, on the CPU.
        neighbours: [N, N] int64, for each view all views by the angle between viewing
            directions, itself first.
    """

    pictures: Tensor
    poses: tuple[Tensor, ...]
    neighbours: Tensor

    def picture_batch(self, numbers: tuple[int, ...], device: torch.device) -> Tensor:
        """[B, 3, S, S] float32 in −½…½."""
        batch = self.pictures[list(numbers)].to(device)
        return batch.float() / 255 - 0.5


def load_training_views(capture: Capture, side: int) -> TrainingViews:
    """Load all training pictures at side × side pixels.

    Raises:
        CaptureError: fewer than two views, or a picture that cannot be used.
    """
    views = capture.split("train")
    if len(views) < 2:
        raise CaptureError(
            f"{capture.name}: {len(views)} training view(s); training needs at least 2 pictures "
            "with different cameras"
        )
    pictures = np.stack([load_picture(view.picture_path, side) for view in views])
    directions = np.stack([view.camera.forward for view in views])
    return TrainingViews(
        pictures=torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(),
        poses=tuple(torch.from_numpy(view.camera.camera_to_world.copy()) for view in views),
        neighbours=_by_angle(directions),
    )


@dataclass(frozen=True)
class StepViews:
    """Numbers of the views that a step takes."""

    source: int
    targets: tuple[int, ...]


class ViewSampling:
    """Draws views step by step; a draw depends on the seed and the step alone.

    Every view is first target once an epoch, in random order. The other targets are random, or
    random among the nearest to the first; the source is one of the nearest to the first.
    """

    def __init__(
        self,
        views: TrainingViews,
        *,
        targets: int,
        nearest_targets: bool,
        source_candidates: int,
        seed: int,
    ) -> None:
        self._neighbours = views.neighbours
        self._count = len(views.poses)
        self._targets, self._nearest_targets = targets, nearest_targets
        self._source_candidates, self._seed = source_candidates, seed

    def draw(self, step: int) -> StepViews:
        """The views of step number `step`, counted from 0."""
        epoch, position = divmod(step, self._count)
        first = int(
            np.random.default_rng((self._seed, 0, epoch)).permutation(self._count)[position]
        )
        random = np.random.default_rng((self._seed, 1, step))
        others = self._neighbours[first, 1:]  # without itself
        candidates = others[: self._source_candidates]
        source = int(candidates[random.integers(len(candidates))])
        pool = candidates if self._nearest_targets else others
        chosen = pool[random.integers(len(pool), size=self._targets - 1)]
        return StepViews(source, (first, *chosen.tolist()))


@dataclass(frozen=True)
class StepPairs:
    """Numbers of the views that a step takes; every target has a source of its own."""

    targets: tuple[int, ...]
    sources: tuple[int, ...]


class PairSampling:
    """Draws pairs of views step by step; a draw depends on the seed and the step alone.

    Every view is target once an epoch, in random order; its source is one of the views that look
    most nearly where it does, as rendering chooses them, and never itself.
    """

    def __init__(
        self, views: TrainingViews, *, targets: int, source_candidates: int, seed: int
    ) -> None:
        cameras = [Camera(pose.numpy()) for pose in views.poses]
        ranked = [by_viewing_direction(camera, cameras) for camera in cameras]
        self._sources = np.stack(
            [numbers[numbers != own][:source_candidates] for own, numbers in enumerate(ranked)]
        )
        self._count, self._targets, self._seed = len(cameras), targets, seed

    def draw(self, step: int) -> StepPairs:
        """The pairs of step number `step`, counted from 0."""
        random = np.random.default_rng((self._seed, 3, step))
        targets, sources = [], []
        for number in range(step * self._targets, (step + 1) * self._targets):
            epoch, position = divmod(number, self._count)
            order = np.random.default_rng((self._seed, 2, epoch)).permutation(self._count)
            target = int(order[position])
            candidates = self._sources[target]
            targets.append(target)
            sources.append(int(candidates[random.integers(len(candidates))]))
        return StepPairs(tuple(targets), tuple(sources))


def _by_angle(directions: NDArray[np.float64]) -> Tensor:
    cosines = directions @ directions.T
    np.fill_diagonal(cosines, 2.0)  # itself first, also among equal directions
    return torch.from_numpy(np.argsort(-cosines, axis=1, kind="stable").copy())
