"""LPIPS: how far apart two pictures look, by the features of a network trained on ImageNet."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d

from dvox_core.evaluation.lpips_weights import LpipsNetwork, LpipsWeights, read_lpips_weights
from dvox_core.interruption import check_wanted
from dvox_core.rendering.frame import without_border

MEAN, SPREAD = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""ImageNet's, of channels from −1 to 1: as the authors' package has them."""

TINY = 1e-10
"""Keeps features that are all 0 from being divided by 0, as there."""


class LpipsDistance:
    """The distance of Zhang et al. (CVPR 2018), version 0.1: 0 for equal pictures.

    Which network it is by has to be said with a figure: those of one cannot be compared with
    those of the other.

    Attributes:
        network: "alex" (the package's own choice) or "vgg" (of most papers on novel views).
    """

    def __init__(self, weights: LpipsWeights, device: torch.device | str = "cpu") -> None:
        self.network: LpipsNetwork = weights.network
        self._convolutions = [(w.to(device), b.to(device)) for w, b in weights.convolutions]
        self._linear = [each.to(device)[:, None, None] for each in weights.linear]
        self._mean, self._spread = (
            torch.tensor(values, device=device)[:, None, None] for values in (MEAN, SPREAD)
        )

    def __call__(
        self,
        picture: NDArray[np.uint8],  # [S, S, 3]
        truth: NDArray[np.uint8],  # [S, S, 3]
    ) -> float:
        """The distance, without the outermost 5 pixels, which training leaves out."""
        if picture.shape != truth.shape:
            raise ValueError(f"pictures of shapes {picture.shape} and {truth.shape}")
        with torch.inference_mode():
            ours, true = (self._features(without_border(each)) for each in (picture, truth))
            layers = zip(ours, true, self._linear, strict=True)
            return sum(float((linear * (a - b) ** 2).sum(0).mean()) for a, b, linear in layers)

    def _features(self, pixels: NDArray[np.uint8]) -> list[Tensor]:
        """What the compared layers see, [C, H, W] each, of length 1 at every place."""
        values = torch.from_numpy(np.ascontiguousarray(pixels)).to(self._mean.device)
        values = values.permute(2, 0, 1).float() / 127.5 - 1
        values = (values - self._mean) / self._spread
        layers = self._alexnet(values) if self.network == "alex" else self._vgg16(values)
        return [layer / (layer.square().sum(0).sqrt() + TINY) for layer in layers]

    def _alexnet(self, values: Tensor) -> list[Tensor]:
        layers = []
        strides, paddings = (4, 1, 1, 1, 1), (2, 2, 1, 1, 1)
        for index, (weight, bias) in enumerate(self._convolutions):
            if index in (1, 2):
                values = max_pool2d(values, 3, 2)
            check_wanted()
            values = conv2d(values, weight, bias, strides[index], paddings[index]).relu()
            layers.append(values)
        return layers

    def _vgg16(self, values: Tensor) -> list[Tensor]:
        layers = []
        for index, (weight, bias) in enumerate(self._convolutions):
            if index in (2, 4, 7, 10):  # each block begins with half the size
                values = max_pool2d(values, 2)
            check_wanted()
            values = conv2d(values, weight, bias, padding=1).relu()
            if index in (1, 3, 6, 9, 12):  # and its end is compared
                layers.append(values)
        return layers


def load_lpips(network: LpipsNetwork, device: torch.device | str = "cpu") -> LpipsDistance:
    """The distance by a network's published weights.

    Example: `load_lpips("vgg")(picture, truth)`

    Raises:
        UserError: the weights are not installed; it says how to get them.
    """
    return LpipsDistance(read_lpips_weights(network), device)
