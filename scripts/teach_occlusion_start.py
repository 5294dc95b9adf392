"""Teaches the occlusion network that a guided training begins with, on the program's own captures.

`python scripts/teach_occlusion_start.py assets/occlusion_start.safetensors` takes a quarter of an
hour of one core: a radiance field of each capture, then lessons on all of them in turn. What it
prints is the mean loss of the last lessons, nats a ray. The one that is shipped had 200 lessons on
the sample alone before 1,600 on all.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from dvox_core.atomic_files import atomic_file
from dvox_core.data.loading import load_capture
from dvox_core.networks.occlusion import OcclusionNetwork
from dvox_core.training.presets import find_preset
from dvox_core.training.trainers.guided.grid_from_field import OPACITIES
from dvox_core.training.trainers.guided.occlusion_teaching import OcclusionTeaching
from dvox_core.training.trainers.guided.shipped_occlusion import GRID_SIDE
from dvox_core.training.trainers.guided.trainer import GuidedTrainer

CAPTURES = ("sample_capture", "captures/cube", "captures/vase", "captures/chair")
LESSONS = 1800
PAUSE = 200
"""Lessons from one look at the loss to the next."""


def taught_by(capture: Path, network: OcclusionNetwork, lessons: int) -> OcclusionTeaching:
    """Lessons of a capture's radiance field, which is fitted first."""
    preset = find_preset("small")
    model = replace(preset.model, grid_size=GRID_SIDE)
    training = replace(
        preset.training, correct_lens=False, shipped_occlusion=False, occlusion_steps=lessons
    )
    trainer = GuidedTrainer(load_capture(capture), model, training, torch.device("cpu"))
    while trainer._teaching is None:
        trainer.step(0.0)
    trainer.model.occlusion = network
    return trainer._new_teaching()


def main() -> None:
    """Fit, teach, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--lessons", type=int, default=LESSONS)
    options = parser.parse_args()
    assets = Path(__file__).resolve().parents[1] / "assets"
    torch.manual_seed(0)
    model = replace(find_preset("small").model, grid_size=GRID_SIDE)
    network = OcclusionNetwork(model.features, model.plane_count)
    each = options.lessons // len(CAPTURES)
    teachings = [taught_by(assets / name, network, each) for name in CAPTURES]
    for teaching in teachings[1:]:  # one optimiser, with the moments of all lessons
        teaching._optimizer = teachings[0]._optimizer
    losses: list[float] = []
    for number in range(each * len(CAPTURES)):
        losses.append(teachings[number % len(CAPTURES)].step())
        if (number + 1) % PAUSE == 0:
            recent = np.array(losses[-PAUSE:]).reshape(-1, len(CAPTURES)).mean(axis=0)
            print(number + 1, dict(zip(CAPTURES, recent.round(3).tolist(), strict=True)))
    tensors = network.state_dict()
    tensors["prep_conv.weight"] = tensors["prep_conv.weight"][:, : 1 + OPACITIES]
    with atomic_file(options.out) as file:
        save_file(
            {
                name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
                for name, tensor in tensors.items()
            },
            file,
        )


if __name__ == "__main__":
    main()
