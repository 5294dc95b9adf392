"""Renders and scores a run's validation views."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import torch
from numpy.typing import NDArray

from dvox_core.atomic_files import atomic_file
from dvox_core.data.capture import View
from dvox_core.data.pictures import load_picture
from dvox_core.data.true_pictures import TruePicture
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.nearest_views import by_viewing_direction
from dvox_core.model.scene import Scene
from dvox_core.rendering.create import Device, create_renderer
from dvox_core.rendering.frame import without_border
from dvox_core.rendering.scores import PictureScore, load_scored, mean_score, score_against
from dvox_core.training.run.events import Validated
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.trainers.trainer import Previewer


@dataclass(frozen=True, eq=False)
class Validation:
    """The views a run is watched by, with their true pictures.

    Attributes:
        truths: of each view; what was padded in them is not scored.
        are_judges: the views are kept out of training, so that their scores tell of new views.
        nearest_psnr: what showing the nearest training picture instead scores; None where not
            known, or where it would be the view itself.
    """

    views: tuple[View, ...]
    truths: tuple[TruePicture, ...]
    device: Device
    are_judges: bool = True
    nearest_psnr: float | None = None

    @classmethod
    def prepare(
        cls,
        views: tuple[View, ...],
        side: int,
        device: Device,
        are_judges: bool = True,
        training: tuple[View, ...] = (),
    ) -> "Validation":
        """Read the true pictures once, and score the nearest of the training views beside them.

        Raises:
            CaptureError: a picture cannot be read, or none shows anything.
        """
        pairs = load_scored(views, side)
        views, truths = tuple(view for view, _ in pairs), tuple(truth for _, truth in pairs)
        nearest = None
        if are_judges and training and views:
            cameras = [view.camera for view in training]
            scores = [
                score_against(
                    load_picture(
                        training[by_viewing_direction(view.camera, cameras)[0]].picture_path, side
                    ),
                    truth,
                )
                for view, truth in zip(views, truths, strict=True)
            ]
            nearest = mean_score(scores).psnr
        return cls(views, truths, device, are_judges, nearest)

    def run(
        self, scene: Scene, directory: RunDirectory, step: int, is_cancelled: Callable[[], bool]
    ) -> Validated | None:
        """Render and score the views; write the first as a picture.

        Returns:
            The scores; None if it was cancelled in the middle.

        Raises:
            CheckpointError: the weights are not finite.
            UserError: the picture could not be written.
        """
        # The training's random numbers are not touched, so that watching changes nothing.
        with torch.random.fork_rng():
            renderer = create_renderer(scene, self.device, "float32")
            try:
                return self._score(
                    lambda camera: renderer.render(camera).picture, directory, step, is_cancelled
                )
            finally:
                renderer.close()

    def run_preview(
        self,
        previewer: Previewer,
        directory: RunDirectory,
        step: int,
        is_cancelled: Callable[[], bool],
    ) -> Validated | None:
        """As `run`, but by what a stage before the scene is watched by."""
        event = self._score(previewer.picture, directory, step, is_cancelled)
        return None if event is None else replace(event, is_of_scene=False)

    def _score(
        self,
        picture_of: Callable[[Camera], NDArray[np.uint8]],
        directory: RunDirectory,
        step: int,
        is_cancelled: Callable[[], bool],
    ) -> Validated | None:
        scores: list[PictureScore] = []
        preview = f"previews/step_{step:08d}.png"
        for view, truth in zip(self.views, self.truths, strict=True):
            if is_cancelled():
                return None
            picture = picture_of(view.camera)
            if not scores:
                save_pictures(directory.path / preview, truth.pixels, picture)
            scores.append(score_against(picture, truth))
        mean = mean_score(scores)
        return Validated(
            step=step,
            psnr=mean.psnr,
            ssim=mean.ssim,
            views=tuple(
                {"name": view.name, "psnr": score.psnr, "ssim": score.ssim}
                for view, score in zip(self.views, scores, strict=True)
            ),
            preview=preview,
            nearest_psnr=self.nearest_psnr,
        )


def save_pictures(path: Path, *pictures: NDArray[np.uint8]) -> None:
    """Write pictures of one size side by side as PNG, without their untrained border.

    Raises:
        UserError: the file could not be written.
    """
    row = np.concatenate([without_border(picture) for picture in pictures], axis=1)
    with atomic_file(path) as temporary:
        iio.imwrite(temporary, row)
