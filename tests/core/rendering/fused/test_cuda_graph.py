"""The rendering network as a CUDA graph, and the way back where it cannot be recorded."""

import numpy as np
import pytest
import torch

from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.fused import cuda_graph
from dvox_core.rendering.fused.cuda_graph import recorded
from tests.helpers.scenes import orbit_cameras, random_scene


def test_what_cannot_be_recorded_runs_as_it_is(monkeypatch, caplog):
    def fail(network, example):
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(cuda_graph, "CudaGraphNetwork", fail)
    network = object()
    assert recorded(network, 6, torch.float32, torch.device("cpu")) is network
    assert "without a CUDA graph: operation not permitted" in caplog.text


def test_too_little_memory_for_recording_is_not_hidden(monkeypatch):
    def fail(network, example):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(cuda_graph, "CudaGraphNetwork", fail)
    with pytest.raises(torch.OutOfMemoryError):
        recorded(object(), 6, torch.float32, torch.device("cpu"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_gives_the_cpus_picture():
    scene = random_scene()
    one, other = (create_renderer(scene, device, "float32") for device in ("cpu", "cuda"))
    for camera in orbit_cameras(3):
        a, b = (renderer.render(camera, Extra.FLOAT_PICTURE) for renderer in (one, other))
        assert np.abs(a.float_picture - b.float_picture).max() < 1e-2  # TF32 rounds
