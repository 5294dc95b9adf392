"""The radiance field of a guided training while it is fitted, and what is said of the capture."""

from typing import Any

import torch

from dvox_core.data.capture import Capture
from dvox_core.data.view_sampling import TrainingViews
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Intrinsics
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.checks import border_color, doubt_about, require_sound_views
from dvox_core.radiance_field.field import RadianceField
from dvox_core.radiance_field.fitting import FieldFitter
from dvox_core.radiance_field.lens_check import TRIAL_SHARE, find_principal_point
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.radiance_field.views import FieldViews, pooled_intrinsics
from dvox_core.training.config import TrainingConfig
from dvox_core.training.trainers.guided.network_training import Outcome
from dvox_core.training.trainers.guided.schedule import field_config

FEW_VIEWS = 20
LENS_GAIN_DB = 0.1
"""What another principal point must promise a coarse fit to be believed: 0.02 for the sample, whose
stated one is right, 0.19 for the lego pictures, half a pixel off. What is found is a quarter of a
pixel from the truth there, so the pictures' own middle is taken where it is that near."""


class FieldFitting:
    """One fit in progress; where the pictures show more than one colour behind the object, the
    world around the cube is fitted too.

    Raises:
        CaptureError: the pictures or cameras are such that no field can be fitted.
    """

    def __init__(
        self,
        views: FieldViews,
        placement: GridPlacement,
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        require_sound_views(views, placement)
        self._views, self._placement, self._seed = views, placement, training.seed
        self._border = border = border_color(views)
        config = field_config(training)
        self._fitter = FieldFitter(
            views,
            placement,
            config if border.is_plain else config.with_surroundings(),
            training.seed,
            background=border.color,
            device=device,
        )
        self._renderer: FieldRenderer | None = None

    @property
    def is_done(self) -> bool:
        """Whether all steps are."""
        return self._fitter.is_done

    @property
    def field(self) -> RadianceField:
        """The field as it is; a copy."""
        return self._fitter.field

    @property
    def renderer(self) -> FieldRenderer:
        """Of the field as it is."""
        if self._renderer is None:
            self._renderer = FieldRenderer(self._fitter.field, torch.get_num_threads())
        return self._renderer

    def step(self) -> Outcome:
        """Fit to one batch of rays.

        Raises:
            CaptureError: the first resolution found nothing; it says what is likely.
        """
        self._renderer = None
        step = self._fitter.step()
        stages = self._fitter.config.stages
        if step.step == stages[0].steps:
            doubt = doubt_about(self._fitter.field, self._views, step.psnr)
            if doubt:
                raise CaptureError(doubt)
        squared = step.loss / 3
        return Outcome(squared, squared**0.5, stages[step.stage].density_rate)

    def notes(self) -> tuple[str, ...]:
        """What makes this a capture that will not work well."""
        notes = []
        count = len(self._views.cameras)
        if count < FEW_VIEWS:
            notes.append(
                f"{count} training views are few: what lies between them is guessed; 50 or more "
                "from all around the object give a much better scene"
            )
        if not self._border.is_plain:
            notes.append(
                "the pictures show more than an object before one colour: what is behind it is "
                "painted on the walls of the voxel grid and stays coarse; with masks, or before a "
                "plain background, the object gets better"
            )
        return tuple(notes)

    def better_principal_point(self, intrinsics: Intrinsics) -> tuple[float, float] | None:
        """The principal point that the pictures agree on, some seconds of coarse fits.

        Args:
            intrinsics: of the capture's stored pictures.

        Returns:
            (x, y) in pixels of the stored pictures; None where the stated one is as good, or
            where a world behind the object hides what coarse fits could tell.
        """
        if not self._border.is_plain:
            return None
        found = find_principal_point(
            self._views,
            self._placement,
            self._fitter.config,
            self._seed,
            self._border.color,
            torch.get_num_threads(),
        )
        if found.gain_db < LENS_GAIN_DB:
            return None
        scale = intrinsics.width / self._views.intrinsics.width
        x = intrinsics.principal_x + found.shift[0] * scale
        y = intrinsics.principal_y + found.shift[1] * scale
        middle = (intrinsics.width - 1) / 2, (intrinsics.height - 1) / 2
        near = TRIAL_SHARE * intrinsics.width
        if abs(x - middle[0]) <= near and abs(y - middle[1]) <= near:
            return middle
        return x, y

    def state(self) -> dict[str, Any]:
        """Everything for an exact resume."""
        return self._fitter.state()

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state()`.

        Raises:
            CheckpointError: it is of a fit with another configuration.
        """
        self._fitter.load_state(state)
        self._renderer = None

    def close(self) -> None:
        """End the threads of its own."""
        self._fitter.close()


def field_views(capture: Capture, views: TrainingViews, side: int) -> FieldViews:
    """The training pictures, side × side pixels, as a field is fitted to them."""
    return FieldViews(
        pictures=views.pictures.permute(0, 2, 3, 1).contiguous().numpy(),
        cameras=tuple(view.camera for view in capture.split("train")),
        intrinsics=pooled_intrinsics(capture.intrinsics, side),
    )


def lens_note(stated: Intrinsics, point: tuple[float, float], is_corrected: bool) -> str:
    """A line on a principal point that the pictures disagree with."""
    better = f"({point[0]:.1f}, {point[1]:.1f})"
    given = f"({stated.principal_x:.1f}, {stated.principal_y:.1f})"
    if is_corrected:
        return (
            f"the pictures agree better with a principal point of {better} than with the stated "
            f"{given}, and the scene is trained with that; --no-correct-lens keeps what is stated"
        )
    return (
        f"the pictures agree better with a principal point of {better} than with the stated "
        f"{given}; half a pixel costs more than a decibel"
    )
