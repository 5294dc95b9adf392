"""Which views a step of the guided recipe's last stage renders, and what they should look like.

True pictures, and pictures that the radiance field renders between them: these close the gap
between training and test views where views are few.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.data.view_sampling import TrainingViews, ViewSampling
from dvox_core.geometry.cameras import Camera
from dvox_core.training.config import TrainingConfig
from dvox_core.training.trainers.guided.poses import pose_between


@dataclass(frozen=True)
class TargetView:
    """A camera [4, 4] on the CPU; `key` stands for it from step to step."""

    key: int
    camera_to_world: Tensor


class TrainingTargets:
    """Draws the targets of steps; a draw depends on the seed and the step alone.

    Args:
        field_picture: the radiance field's picture from a camera, [S, S, 3].
    """

    def __init__(
        self,
        views: TrainingViews,
        sampling: ViewSampling,
        field_picture: Callable[[Camera], NDArray[np.uint8]],
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        self._views, self._sampling = views, sampling
        self._field_picture, self._training, self._device = field_picture, training, device
        self._field_views: dict[int, tuple[Tensor, Tensor]] = {}

    def draw(self, number: int) -> tuple[list[TargetView], Tensor, Tensor]:
        """Views, their pictures [B, 3, S, S] in −½…½, and the weights [B] of their losses.

        Args:
            number: of the step within the stage, from 0.
        """
        training, count = self._training, len(self._views.poses)
        random = np.random.default_rng((training.seed, 3, number))
        share = training.field_views / (training.field_views + count)
        seen, pictures, weights = [], [], []
        for view in self._sampling.draw(number).targets:
            if random.uniform() < share:
                chosen = int(random.integers(training.field_views))
                pose, picture = self._field_view(chosen)
                seen.append(TargetView(count + chosen, pose))
                weights.append(training.field_view_weight)
            else:
                seen.append(TargetView(view, self._views.poses[view]))
                picture = self._views.pictures[view]
                weights.append(1.0)
            pictures.append(picture.to(self._device).float() / 255 - 0.5)
        return seen, torch.stack(pictures), torch.tensor(weights, device=self._device)

    def _field_view(self, number: int) -> tuple[Tensor, Tensor]:
        """A camera between the training views and the field's picture [3, S, S] uint8 of it."""
        if number not in self._field_views:
            random = np.random.default_rng((self._training.seed, 4, number))
            pose = pose_between(self._views, random, roll=False)
            picture = self._field_picture(Camera(pose.numpy()))
            pixels = torch.from_numpy(picture).permute(2, 0, 1).contiguous()
            self._field_views[number] = pose, pixels
        return self._field_views[number]
