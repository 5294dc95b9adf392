"""Muon: orthogonal updates of convolutions."""

import io

import pytest
import torch
from torch import Tensor, nn

from dvox_core.training.steps.muon import LENGTH, Muon, Optimizers, muon_and_adam, orthogonal

RATE = 1e-2


def ill_conditioned(rows: int, columns: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(rows, columns, generator=generator) * torch.logspace(0, -2, columns)


@pytest.mark.parametrize("shape", [(20, 180), (160, 640), (180, 20)])
def test_all_directions_become_about_equally_long_and_stay_where_they_were(
    shape: tuple[int, int],
) -> None:
    matrix = ill_conditioned(*shape)
    left, lengths, right = torch.linalg.svd(matrix, full_matrices=False)
    assert lengths.max() / lengths.min() > 3
    turned = left.T @ orthogonal(matrix) @ right.T
    new_lengths = turned.diagonal()
    assert new_lengths.min() > 0.6
    assert new_lengths.max() < 1.3
    torch.testing.assert_close(turned, new_lengths.diag(), rtol=0, atol=1e-3)


def test_nothing_stays_nothing() -> None:
    assert orthogonal(torch.zeros(3, 5)).abs().max() == 0


def test_an_update_is_so_long_as_its_rate_says() -> None:
    weight = nn.Parameter(torch.zeros(16, 16, 3, 3))
    weight.grad = ill_conditioned(16, 144).view(16, 16, 3, 3)
    Muon([{"params": [weight]}], lr=RATE).step()
    # 16 of at most 16 directions, of about one each, spread over 144 columns
    assert float(weight.detach().square().mean().sqrt()) == pytest.approx(RATE * LENGTH, rel=0.3)
    assert float((weight.detach() * weight.grad).sum()) < 0  # downhill


def test_a_transposed_convolution_moves_as_the_convolution_with_its_axes_exchanged() -> None:
    gradient = ill_conditioned(6, 8 * 16).view(6, 8, 4, 4)
    plain, exchanged = (nn.Parameter(torch.ones(shape)) for shape in ((6, 8, 4, 4), (8, 6, 4, 4)))
    plain.grad, exchanged.grad = gradient, gradient.transpose(0, 1).contiguous()
    Muon([{"params": [plain]}, {"params": [exchanged], "transposed": True}], lr=RATE).step()
    torch.testing.assert_close(plain, exchanged.transpose(0, 1), rtol=0, atol=1e-5)


def test_weights_that_have_no_part_in_the_loss_stay() -> None:
    weight = nn.Parameter(torch.ones(8, 6, 3, 3))
    gradient = ill_conditioned(8, 54).view(8, 6, 3, 3)
    gradient[:, 3:] = 0
    weight.grad = gradient
    Muon([{"params": [weight]}], lr=RATE).step()
    assert (weight[:, 3:] == 1).all()
    assert (weight[:, :3] != 1).any()


class Small(nn.Module):
    """One weight of each kind."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.up = nn.ConvTranspose2d(8, 6, 4, stride=2, padding=1)
        self.fixed = nn.Conv2d(6, 6, 1).requires_grad_(False)
        self.picture = nn.Conv2d(6, 3, 3)
        self.grid = nn.Parameter(torch.ones(3, 4, 4))

    def loss(self) -> Tensor:
        maps = self.fixed(self.up(self.norm(self.conv(self.grid[None])).relu()))
        return (self.picture(maps) - 1).square().mean()

    def optimizer(self) -> Optimizers:
        own = [p for p in self.parameters() if p.requires_grad and p is not self.grid]
        groups = [{"params": own, "lr": RATE}, {"params": [self.grid], "lr": 0.1}]
        return muon_and_adam(self, groups, weight_decay=0.0)


def steps(network: Small, optimizer: Optimizers, count: int) -> None:
    for _ in range(count):
        optimizer.zero_grad(set_to_none=True)
        network.loss().backward()
        optimizer.step()


def test_convolutions_go_to_muon_and_all_else_that_is_trained_to_adam() -> None:
    network = Small()
    groups = network.optimizer().param_groups
    names = {parameter: name for name, parameter in network.named_parameters()}
    adam, grid, plain, transposed = ([names[p] for p in group["params"]] for group in groups)
    assert (grid, plain, transposed) == (["grid"], ["conv.weight"], ["up.weight"])
    assert adam == ["conv.bias", "norm.weight", "norm.bias", "up.bias", "picture.weight",
                    "picture.bias"]  # fmt: skip
    assert [group["lr"] for group in groups] == [RATE, 0.1, RATE, RATE]


def test_rates_set_after_a_resume_count_and_it_goes_on_exactly() -> None:
    through, resumed = Small(), Small()
    optimizer = through.optimizer()
    steps(through, optimizer, 3)
    file = io.BytesIO()
    torch.save((through.state_dict(), optimizer.state_dict()), file)
    file.seek(0)
    weights, state = torch.load(file, weights_only=True)
    resumed.load_state_dict(weights)
    other = resumed.optimizer()
    other.load_state_dict(state)
    for each in (optimizer, other):
        for group in each.param_groups:
            group["lr"] *= 0.5
    steps(through, optimizer, 3)
    steps(resumed, other, 3)
    for name, tensor in through.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
