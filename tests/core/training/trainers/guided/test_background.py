"""The colour behind a thing."""

import pytest
import torch

from dvox_core.training.trainers.guided.background import background_color


def test_the_background_is_the_colour_along_the_edges() -> None:
    pictures = torch.empty(3, 3, 32, 32, dtype=torch.uint8)
    pictures[:] = torch.tensor([255, 51, 0], dtype=torch.uint8)[:, None, None]
    pictures[:, :, 8:24, 8:24] = 128
    pictures[0, :, :, :12] = 7  # a thing that leaves one picture
    assert background_color(pictures) == pytest.approx((1.0, 0.2, 0.0))
