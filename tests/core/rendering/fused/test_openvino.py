"""The rendering network by OpenVINO against torch's, in floating point and in 8 bits."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from dvox_core.checkpoints.opening import open_scene
from dvox_core.errors import Cancelled, DeviceError
from dvox_core.rendering.create import FLOORS_DB, create_renderer
from dvox_core.rendering.frame import Extra, without_border
from dvox_core.rendering.fused import openvino_network
from dvox_core.rendering.sample_cameras import typical_cameras
from dvox_core.rendering.scores import psnr
from tests.helpers.scenes import SMALL, SMALL_COLLAPSE, orbit_cameras, random_scene

pytest.importorskip("openvino", reason="OpenVINO, an optional extra, is not installed")

ROOT = Path(__file__).parents[4]
SAMPLE = ROOT / "assets" / "sample.dvox"


@pytest.mark.parametrize("config", [SMALL, SMALL_COLLAPSE])
def test_openvino_in_float32_gives_torchs_picture(config):
    scene = random_scene(config)
    one = create_renderer(scene, "cpu", "float32")
    other = create_renderer(scene, "cpu", "float32", "openvino")
    assert (other.facts.backend, other.facts.precision) == ("openvino", "float32")
    for camera in orbit_cameras(2):
        a, b = (renderer.render(camera, Extra.FLOAT_PICTURE) for renderer in (one, other))
        assert a.float_picture.std() > 0.02
        assert np.abs(a.float_picture - b.float_picture).max() < 1e-4


def test_eight_bits_keep_the_floor_and_are_what_runs():
    scene = open_scene(SAMPLE)  # a trained one: random weights blow up the least rounding
    cameras = typical_cameras(scene, 3)
    exact = create_renderer(scene, "cpu", "float32")
    quantised = create_renderer(scene, "cpu", "int8")
    assert (quantised.facts.backend, quantised.facts.precision) == ("openvino", "int8")
    pictures = [
        np.stack([without_border(r.render(camera).picture) for camera in cameras])
        for r in (exact, quantised)
    ]
    agreement = psnr(*pictures)
    assert FLOORS_DB["int8"] <= agreement < 70  # some is lost, or nothing was quantised


def test_a_transposed_convolution_is_four_ordinary_ones_in_one():
    from dvox_core.rendering.fused.openvino_graph import subpixel_weight

    torch.manual_seed(0)
    weight, maps = torch.randn(5, 3, 4, 4), torch.randn(1, 5, 6, 8)
    expected = functional.conv_transpose2d(maps, weight, stride=2, padding=1)
    four = functional.conv2d(maps, subpixel_weight(weight), padding=1)
    pixels = four.view(1, 2, 2, 3, 7, 9).permute(0, 3, 4, 1, 5, 2).reshape(1, 3, 14, 18)
    assert torch.allclose(pixels[:, :, 1:-1, 1:-1], expected, atol=1e-4)


def test_a_frame_by_openvino_can_be_given_up_and_the_next_is_whole():
    scene = random_scene()
    renderer = create_renderer(scene, "cpu", "float32", "openvino")
    expected = renderer.render(scene.start_camera).picture

    class Stop:
        """Cancels at the given call; the network's own come last."""

        def __init__(self, call):
            self.remaining = call

        def __call__(self):
            self.remaining -= 1
            if self.remaining == 0:
                raise Cancelled

    for call in (1, 2, 3):
        with pytest.raises(Cancelled):
            renderer.render(scene.start_camera, between_stages=Stop(call))
        assert np.array_equal(renderer.render(scene.start_camera).picture, expected)


class _SlowAtFirst:
    """A request that is not done when it is asked for the first time, however fast the machine."""

    def __init__(self, request):
        self._request, self._asked = request, False

    def __getattr__(self, name):
        return getattr(self._request, name)

    def wait_for(self, milliseconds):
        asked, self._asked = self._asked, True
        return asked and self._request.wait_for(milliseconds)


def test_a_running_network_is_stopped_and_runs_again():
    scene = random_scene()
    renderer = create_renderer(scene, "cpu", "float32", "openvino")
    network = renderer._rendering
    features = torch.randn(1, SMALL.features, 64, 64)
    expected = network(features)

    def give_up():
        raise Cancelled

    network._request = _SlowAtFirst(network._request)
    with pytest.raises(Cancelled):
        network(features, give_up)
    assert torch.equal(network(features), expected)


def test_without_openvino_its_renderers_are_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(openvino_network, "is_installed", lambda: False)
    scene = random_scene()
    with pytest.raises(DeviceError, match="not installed"):
        create_renderer(scene, "cpu", "int8")
    with pytest.raises(DeviceError, match="not installed"):
        create_renderer(scene, "cpu", "float32", "openvino")
    with pytest.raises(DeviceError, match="CPU only"):
        create_renderer(scene, "cuda", "int8")


def test_openvino_is_imported_without_a_thread_a_process_or_a_report(tmp_path):
    script = (
        "import os, sys, threading; forks = [];"
        "os.register_at_fork(before=lambda: forks.append(1));"
        "import dvox_core.rendering.fused.openvino_graph;"
        "assert sys.modules['openvino'] and not sys.modules['openvino_telemetry'];"
        "left = [thread.name for thread in threading.enumerate()];"
        "assert left == ['MainThread'], left; assert not forks"
    )
    home = {**os.environ, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=home, cwd=ROOT, timeout=300)
    assert not list(tmp_path.glob("intel")), "it keeps an identity of its user"
