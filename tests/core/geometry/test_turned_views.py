"""A map and its picture stay in register when they are mirrored and turned."""

import pytest
import torch

from dvox_core.geometry.turned_views import TURNS, turn_alike


@pytest.mark.parametrize("step", [1, 2, 4, 8])
@pytest.mark.parametrize("turn", range(TURNS))
def test_every_sample_of_the_map_is_the_pixel_it_was(turn: int, step: int) -> None:
    maps = torch.rand(2, 3, 16, 16)
    pictures = torch.rand(2, 3, 16 * step, 16 * step)
    pictures[..., ::step, ::step] = maps
    turned_maps, turned_pictures = turn_alike(maps, pictures, turn)
    assert turned_pictures.shape == pictures.shape
    assert torch.equal(turned_pictures[..., ::step, ::step], turned_maps)


def test_the_turns_are_all_different_and_the_first_changes_nothing() -> None:
    maps, pictures = torch.rand(1, 1, 4, 4), torch.rand(1, 1, 8, 8)
    found = [turn_alike(maps, pictures, turn)[0] for turn in range(TURNS)]
    assert torch.equal(found[0], maps)
    assert all(not torch.equal(one, other) for i, one in enumerate(found) for other in found[:i])


def test_what_is_between_the_samples_is_mirrored_with_them() -> None:
    """A ramp along x stays a ramp, but for the columns that nothing was seen of."""
    step, side = 4, 32
    ramp = torch.arange(float(side)).expand(1, 1, side, side)
    _, mirrored = turn_alike(ramp[..., ::step, ::step], ramp, 1)
    seen = mirrored[0, 0, 0, : side - step + 1]
    assert torch.equal(seen, side - step - torch.arange(side - step + 1.0))
    assert (mirrored[0, 0, 0, side - step :] == 0).all()
