"""Our reader of safetensors against the library's, and what it refuses."""

import json
import zlib

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.checkpoints.tensor_file import TensorFile, checksum_of
from dvox_core.errors import CheckpointError
from tests.helpers.scenes import random_scene

TENSORS = {
    "float": torch.randn(3, 4),
    "half": torch.randn(2, 2).half(),
    "brain": torch.randn(5).bfloat16(),
    "double": torch.randn(2, 1, 3).double(),
    "count": torch.tensor(7),
    "bytes": torch.arange(9, dtype=torch.uint8),
    "flags": torch.tensor([True, False]),
    "none": torch.zeros(0, 3),
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file.safetensors"
    save_file(TENSORS, path, {"who": "me", "none": ""})
    return path


def test_it_reads_what_the_library_reads(file):
    ours = TensorFile(file)
    with safe_open(file, "pt") as theirs:
        assert ours.metadata == theirs.metadata()
        assert set(ours.shapes()) == set(theirs.keys())
        for name in theirs.keys():  # noqa: SIM118
            tensor = theirs.get_tensor(name)
            mine = ours.read(name, checksum_of(tensor))
            assert mine.dtype == tensor.dtype
            assert ours.shapes()[name] == tuple(tensor.shape)
            assert torch.equal(mine, tensor)


def test_checksums_are_of_the_bytes_as_stored(file):
    tensor = TENSORS["half"]
    assert checksum_of(tensor) == zlib.crc32(tensor.numpy().tobytes())
    assert checksum_of(tensor.T) == zlib.crc32(tensor.T.contiguous().numpy().tobytes())
    with pytest.raises(CheckpointError, match="tensor half is not as it was written"):
        TensorFile(file).read("half", checksum_of(tensor) ^ 1)


def with_head(path, change):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    head = json.loads(data[8 : 8 + length])
    change(head)
    text = json.dumps(head).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head["float"].update(shape=[3, 5]),
        lambda head: head["float"].update(shape=[10**30, 10**30]),
        lambda head: head["float"].update(shape=[-3, -4]),
        lambda head: head["float"].update(shape=[3.0, 4]),
        lambda head: head["float"].update(shape="34"),
        lambda head: head["float"].update(dtype="F8"),
        lambda head: head["float"].update(dtype=[1]),
        lambda head: head["float"].update(data_offsets=[0]),
        lambda head: head["float"].update(data_offsets=[0, 10**18]),
        lambda head: head["double"].update(head["float"]),
        lambda head: head.pop("float"),
        lambda head: head.update(float=3),
        lambda head: head.update(__metadata__={"a": 1}),
        lambda head: head.update(__metadata__="a"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(file, change):
    with_head(file, change)
    with pytest.raises(CheckpointError) as caught:
        TensorFile(file)
    assert "cut off" in str(caught.value)
    with pytest.raises(Exception):  # noqa: B017, PT011 - the library's own error
        safe_open(file, "pt").__enter__()


@pytest.fixture(scope="module")
def scene_bytes(tmp_path_factory):
    path = tmp_path_factory.mktemp("scene") / "scene.dvox"
    write_scene(path, random_scene())
    return path.read_bytes()


def read_all(path):
    scene = open_scene(path)
    facts = (scene.name, scene.config, scene.intrinsics, scene.placement, scene.near_plane)
    return (*facts, scene.cameras, scene.notes), scene.weights.load("")


def test_twenty_overwritten_bytes_are_noticed_wherever_they_are(scene_bytes, tmp_path):
    path = tmp_path / "scene.dvox"
    path.write_bytes(scene_bytes)
    facts, tensors = read_all(path)
    numbers = np.random.default_rng(0)
    head = 8 + int.from_bytes(scene_bytes[:8], "little")
    places = [
        *numbers.integers(0, head - 20, 30),
        *numbers.integers(head, len(scene_bytes) - 20, 30),
    ]
    noticed = 0
    for place in places:
        damaged = bytearray(scene_bytes)
        # Digits, so that the JSON at the beginning may stay JSON.
        damaged[place : place + 20] = bytes(numbers.integers(48, 58, 20, dtype=np.uint8))
        path.write_bytes(damaged)
        try:
            found, read = read_all(path)
        except CheckpointError:
            noticed += 1
            continue
        assert found == facts, place  # it fell on what says nothing of the scene
        assert all(torch.equal(read[name], tensor) for name, tensor in tensors.items())
    assert noticed >= 0.9 * len(places)


def test_a_changed_number_of_the_facts_is_noticed(scene_bytes, tmp_path):
    path = tmp_path / "scene.dvox"
    damaged = scene_bytes.replace(b'\\"near_plane\\": 1.0', b'\\"near_plane\\": 7.0')
    assert damaged != scene_bytes
    path.write_bytes(damaged)
    with pytest.raises(CheckpointError, match="not as it was written"):
        open_scene(path)


def test_files_without_checksums_open_as_before(scene_bytes, tmp_path):
    path = tmp_path / "scene.dvox"
    path.write_bytes(scene_bytes)
    with_head(path, lambda head: head["__metadata__"].pop("checksums"))
    read_all(path)
