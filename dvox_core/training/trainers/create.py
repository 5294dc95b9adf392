"""Makes the trainer of a recipe."""

import torch

from dvox_core.data.capture import Capture
from dvox_core.errors import UserError
from dvox_core.model.kinds import AnyConfig, require_voxels
from dvox_core.model.picture_config import PictureModelConfig
from dvox_core.training.config import PICTURE_RECIPES, TrainingConfig
from dvox_core.training.trainers.trainer import Trainer


def create_trainer(
    capture: Capture, model: AnyConfig, training: TrainingConfig, device: torch.device
) -> Trainer:
    """A new training of `model` on the "train" views of a capture.

    Loads all training pictures at the model's size into memory.

    Raises:
        CaptureError: a picture that cannot be used, or too few views.
        DeviceError: the precision is not supported on the device.
        UserError: the recipe is not one for such a model.
    """
    if isinstance(model, PictureModelConfig):
        from dvox_core.training.trainers.picture_trainer import PictureTrainer

        if PICTURE_RECIPES.get(training.recipe) != model.kind:
            raise UserError(f"recipe {training.recipe}: cannot train a model of {model.kind}")
        return PictureTrainer(capture, model, training, device)
    model = require_voxels(model)
    if training.recipe in PICTURE_RECIPES:
        raise UserError(f"recipe {training.recipe}: cannot train a model of DeepVoxels")
    if training.recipe == "direct":
        from dvox_core.training.trainers.direct import DirectTrainer

        return DirectTrainer(capture, model, training, device)
    if training.recipe == "guided":
        from dvox_core.training.trainers.guided.trainer import GuidedTrainer

        return GuidedTrainer(capture, model, training, device)
    from dvox_core.training.trainers.paper import PaperTrainer

    return PaperTrainer(capture, model, training, device)
