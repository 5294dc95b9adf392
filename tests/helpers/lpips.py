"""Weights for LPIPS that nobody trained."""

import itertools

import numpy as np
import torch

from dvox_core.evaluation.lpips_weights import LpipsNetwork, LpipsWeights

ALEX = ((64, 3, 11), (192, 64, 5), (384, 192, 3), (256, 384, 3), (256, 256, 3))
VGG_CHANNELS = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
VGG = tuple((o, i, 3) for i, o in itertools.pairwise(VGG_CHANNELS))
COMPARED = {"alex": (0, 1, 2, 3, 4), "vgg": (1, 3, 6, 9, 12)}


def stand_in(network: LpipsNetwork) -> LpipsWeights:
    """Weights in the trained ones' places: seeded, and as large as keeps features alive."""
    random = np.random.default_rng(18)
    shapes = ALEX if network == "alex" else VGG
    convolutions = tuple(
        (
            torch.tensor(random.normal(0, (2 / (i * k * k)) ** 0.5, (o, i, k, k))).float(),
            torch.tensor(random.normal(0, 0.1, o)).float(),
        )
        for o, i, k in shapes
    )
    channels = [shapes[index][0] for index in COMPARED[network]]
    linear = tuple(torch.tensor(random.random(count) / 5).float() for count in channels)
    return LpipsWeights(network, convolutions, linear)
