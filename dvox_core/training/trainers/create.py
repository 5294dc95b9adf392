"""Makes the trainer of a recipe."""

import torch

from dvox_core.data.capture import Capture
from dvox_core.model.config import ModelConfig
from dvox_core.training.config import TrainingConfig
from dvox_core.training.trainers.trainer import Trainer


def create_trainer(
    capture: Capture, model: ModelConfig, training: TrainingConfig, device: torch.device
) -> Trainer:
    """A new training of `model` on the "train" views of a capture.

    Loads all training pictures at the model's size into memory.

    Raises:
        CaptureError: a picture that cannot be used, or too few views.
        DeviceError: the precision is not supported on the device.
    """
    if training.recipe == "direct":
        from dvox_core.training.trainers.direct import DirectTrainer

        return DirectTrainer(capture, model, training, device)
    if training.recipe == "guided":
        from dvox_core.training.trainers.guided.trainer import GuidedTrainer

        return GuidedTrainer(capture, model, training, device)
    from dvox_core.training.trainers.paper import PaperTrainer

    return PaperTrainer(capture, model, training, device)
