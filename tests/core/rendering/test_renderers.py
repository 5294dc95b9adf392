"""The plain and the fast renderer against the authors' numbers and against each other."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.opening import open_scene
from dvox_core.errors import DeviceError
from dvox_core.geometry.cameras import look_at
from dvox_core.geometry.resampling import camera_to_grid_transform, view_volume
from dvox_core.model.config import ModelConfig
from dvox_core.model.loading import load_inpainted_grid
from dvox_core.networks.inpainting import InpaintingNetwork
from dvox_core.rendering import create
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import Extra, without_border
from dvox_core.rendering.fused import onednn
from dvox_core.rendering.fused.convolutions import Target, place
from dvox_core.rendering.fused.folding import Activation, FoldedConvolution
from dvox_core.rendering.plain_renderer import PlainRenderer
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.helpers.scenes import (
    REFERENCE_FOLDERS,
    SMALL,
    SMALL_COLLAPSE,
    orbit_cameras,
    random_scene,
    reference_folder,
)

CPU = torch.device("cpu")
EVERYTHING = Extra.ENTROPY | Extra.VISIBILITY | Extra.FLOAT_PICTURE | Extra.COLLAPSED
FLOAT32 = Target(CPU, torch.float32)


def plain(scene):
    return PlainRenderer(scene, CPU)


def fast(scene):
    return TorchRenderer(scene, FLOAT32)


@pytest.mark.parametrize("make", [plain, fast])
@pytest.mark.parametrize("name", REFERENCE_FOLDERS)
def test_the_authors_numbers_are_reproduced(name, make):
    folder = reference_folder(name)
    scene = open_scene(folder / "checkpoint.pth")
    expected = np.load(folder / "expected.npz")
    if "inpainted" in expected:
        inpainted = load_inpainted_grid(scene).numpy()
        assert inpainted == pytest.approx(expected["inpainted"], abs=2e-4)
    renderer = make(scene)
    frustum = scene.frustum
    planes = np.arange(frustum.plane_count)
    for number, view in enumerate(scene.cameras):
        frame = renderer.render(view.camera, EVERYTHING)
        picture = frame.float_picture.transpose(2, 0, 1) - 0.5
        assert np.abs(picture - expected[f"image_{number}"]).max() < 2e-4
        if not scene.config.occlusion:
            assert frame.depth is None
            continue
        if f"weights_{number}" in expected:
            weights = expected[f"weights_{number}"].astype(np.float32)
            assert np.abs(frame.visibility - weights).max() < 1e-3
        relative = (frame.depth - frustum.near_plane) / (planes.size * frustum.voxel_size) - 0.5
        assert np.abs(relative - expected[f"depth_{number}"]).max() < 1e-4


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        SMALL_COLLAPSE,
        ModelConfig(image_size=256, grid_size=16, features=5, base_channels=6),
        ModelConfig(image_size=128, grid_size=20, features=3, base_channels=2),
    ],
)
def test_the_fast_renderer_equals_the_plain_one(config):
    scene = random_scene(config)
    one, other = plain(scene), fast(scene)
    for camera in [*orbit_cameras(3), *orbit_cameras(2, distance=1.2)]:
        a, b = one.render(camera, EVERYTHING), other.render(camera, EVERYTHING)
        assert a.float_picture.std() > 0.02  # lively enough to tell a fault
        assert np.abs(a.float_picture - b.float_picture).max() < 2e-4
        assert np.abs(a.picture.astype(int) - b.picture).max() <= 1
        assert a.collapsed.shape == b.collapsed.shape
        assert np.abs(a.collapsed - b.collapsed).max() < 1e-4
        if config.occlusion:
            assert np.abs(a.visibility - b.visibility).max() < 1e-4
            assert np.abs(a.entropy - b.entropy).max() < 1e-3
            assert np.abs(a.depth - b.depth).max() < 1e-4


def test_without_packed_weights_the_same_picture_comes_out(monkeypatch):
    scene = random_scene()
    expected = fast(scene).render(scene.start_camera, EVERYTHING)
    monkeypatch.setattr(onednn, "is_available", lambda: False)
    frame = fast(scene).render(scene.start_camera, EVERYTHING)
    assert np.abs(frame.float_picture - expected.float_picture).max() < 1e-4


@pytest.mark.parametrize("position", [(0, 0, 4000.0), (2, 0, 0)])
def test_a_view_without_a_single_sample_is_still_a_frame(position):
    scene = random_scene()
    camera = look_at(position, np.multiply(position, 2.0), (0, 1, 0))  # looks away
    a, b = (make(scene).render(camera, EVERYTHING) for make in (plain, fast))
    assert np.abs(a.float_picture - b.float_picture).max() < 2e-4
    assert np.isnan(b.contribution_depth).all()
    assert "looks away" in b.hint


def test_depth_weights_sum_to_one_and_bound_depth_and_entropy():
    scene = random_scene()
    frame = fast(scene).render(scene.start_camera, EVERYTHING)
    frustum = scene.frustum
    assert frame.visibility.shape == (frustum.plane_count, 64, 64)
    assert frame.visibility.sum(axis=0) == pytest.approx(1, abs=1e-4)
    assert frame.depth.min() >= frustum.near_plane
    assert frame.depth.max() <= frustum.far_plane
    assert frame.entropy.min() >= 0
    assert frame.entropy.max() <= np.log2(frustum.plane_count) + 1e-4


def test_contribution_depth_is_the_mean_weighted_by_what_each_sample_adds():
    scene = random_scene()
    renderer, camera = fast(scene), scene.start_camera
    frame = renderer.render(camera, Extra.VISIBILITY)
    transform = camera_to_grid_transform(
        torch.from_numpy(camera.camera_to_world.copy()), scene.placement, scene.config.grid_size
    )
    norms = view_volume(load_inpainted_grid(scene), scene.frustum, transform).norm(dim=0).numpy()
    shares = frame.visibility * norms
    depths = scene.frustum.plane_depths[:, None, None]
    expected = (shares * depths).sum(axis=0) / np.maximum(shares.sum(axis=0), 1e-20)
    known = np.isfinite(frame.contribution_depth)
    assert 0.05 < known.mean() < 1
    assert frame.contribution_depth[known] == pytest.approx(expected[known], abs=1e-3)


def test_extras_come_only_when_asked_for():
    scene = random_scene()
    frame = fast(scene).render(scene.start_camera)
    assert frame.visibility is None
    assert frame.entropy is None
    assert frame.float_picture is None
    assert frame.picture.shape == (128, 128, 3)
    assert without_border(frame.picture).shape == (118, 118, 3)
    assert frame.total_ms == pytest.approx(sum(frame.stages_ms.values()))


@pytest.mark.skipif(not onednn.supports_bfloat16(), reason="this CPU has no bfloat16 arithmetic")
def test_bfloat16_is_close_to_float32_on_a_trained_scene():
    scene = open_scene(reference_folder("lego128") / "checkpoint.pth")
    exact, rounded = fast(scene), TorchRenderer(scene, Target(CPU, torch.bfloat16))
    frustum = scene.frustum
    for view in scene.cameras:
        a, b = (r.render(view.camera, Extra.FLOAT_PICTURE) for r in (exact, rounded))
        error = np.mean((a.float_picture - b.float_picture) ** 2)
        assert -10 * np.log10(error) > 45
        assert np.abs(a.depth - b.depth).max() < 0.01 * (frustum.far_plane - frustum.near_plane)


@pytest.mark.skipif(not onednn.supports_bfloat16(), reason="this CPU has no bfloat16 arithmetic")
def test_auto_refuses_bfloat16_for_a_scene_it_would_spoil(monkeypatch):
    scene = random_scene()
    monkeypatch.setitem(create.FLOORS_DB, "bfloat16", 200.0)
    renderer = create_renderer(scene, "cpu", "auto")
    assert renderer.facts.precision == "float32"
    assert "dB from float32" in renderer.facts.note
    monkeypatch.setitem(create.FLOORS_DB, "bfloat16", 0.0)
    assert create_renderer(scene, "cpu", "auto").facts.precision == "bfloat16"


def test_auto_never_takes_bfloat16_where_the_cpu_has_none(monkeypatch):
    monkeypatch.setattr(onednn, "supports_bfloat16", lambda: False)
    scene = random_scene()
    assert create_renderer(scene, "cpu").facts.precision == "float32"
    with pytest.raises(DeviceError, match="--precision float32"):
        create_renderer(scene, "cpu", "bfloat16")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_that_is_absent_is_named():
    with pytest.raises(DeviceError, match="no CUDA device"):
        create_renderer(random_scene(), "cuda")


def test_too_little_gpu_memory_falls_back_to_the_cpu_and_says_so(monkeypatch):
    made = []

    class SmallGpu(TorchRenderer):
        def __init__(self, scene, target, *rest):
            made.append(target.device.type)
            if target.device.type == "cuda":
                raise torch.OutOfMemoryError("CUDA out of memory")
            super().__init__(scene, target, *rest)

    monkeypatch.setattr(create, "TorchRenderer", SmallGpu)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    renderer = create_renderer(random_scene(), "auto", "float32")
    assert made == ["cuda", "cpu"]
    assert renderer.facts.device == "cpu"
    assert "does not suffice" in renderer.facts.note
    with pytest.raises(DeviceError, match="--device cpu"):
        create_renderer(random_scene(), "cuda", "float32")


def test_inpainting_runs_once_a_scene_and_not_once_a_frame(monkeypatch):
    scene = random_scene()
    calls = []
    forward = InpaintingNetwork.forward
    monkeypatch.setattr(
        InpaintingNetwork, "forward", lambda self, grid: calls.append(1) or forward(self, grid)
    )
    renderer = fast(scene)
    for camera in orbit_cameras(3):
        renderer.render(camera)
    assert len(calls) == 1


@pytest.mark.parametrize(("stride", "kernel"), [(1, 3), (2, 4)])
def test_placed_convolutions_pad_by_reflection(stride, kernel):
    weight, bias = torch.randn(6, 5, kernel, kernel), torch.randn(6)
    folded = FoldedConvolution(weight, bias, stride, 1, False, Activation.LEAKY_RELU)
    maps = torch.randn(1, 5, 8, 10)
    padded = torch.nn.functional.pad(maps, (1,) * 4, mode="reflect")
    expected = torch.nn.functional.conv2d(padded, weight, bias, stride=stride)
    expected = torch.nn.functional.leaky_relu(expected, 0.2)
    layout = torch.channels_last
    result = place(folded, FLOAT32, (1, 5, 8, 10))(maps.contiguous(memory_format=layout))
    assert torch.allclose(result, expected, atol=1e-4)


def test_a_closed_renderer_holds_no_tensors():
    renderer = fast(random_scene())
    renderer.close()
    assert not any(isinstance(value, torch.Tensor) for value in vars(renderer).values())


def test_a_scene_turned_with_its_cameras_looks_the_same():
    """Moving grid and cameras together changes nothing: only their relation counts."""
    scene = random_scene()
    offset = np.array([3.0, -2.0, 5.0])
    center = tuple(np.asarray(scene.placement.center) + offset)
    moved = replace(scene, placement=replace(scene.placement, center=center))
    camera = scene.start_camera
    matrix = camera.camera_to_world.copy()
    matrix[:3, 3] += offset
    a = fast(scene).render(camera, EVERYTHING)
    b = fast(moved).render(type(camera)(matrix), EVERYTHING)
    assert np.abs(a.float_picture - b.float_picture).max() < 1e-2
