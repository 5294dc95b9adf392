"""Checkpoints and scene files that are something else, ask for too much, or have a wrong number."""

import json
import resource
import signal
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.checkpoints.upstream import read_upstream, write_upstream
from dvox_core.errors import CheckpointError, UserError
from tests.helpers.scenes import SMALL, random_scene

INTRINSICS = "150.0 64.0 64.0 0.\n0 0 0\n1.0\n1.1\n128 128\n"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The dictionary of an authors' checkpoint."""
    scene = random_scene()
    path = tmp_path_factory.mktemp("made") / "model.pth"
    write_upstream(path, scene.config, scene.weights.load(""))
    return torch.load(path, weights_only=True)


@pytest.fixture
def save(tmp_path, stored):
    (tmp_path / "intrinsics.txt").write_text(INTRINSICS)

    def save(content, **options) -> Path:
        torch.save(content, tmp_path / "model.pth", **options)
        return tmp_path / "model.pth"

    return save


def refusal(path):
    with pytest.raises(CheckpointError) as caught:
        open_scene(path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    return text


def wrapped(stored, prefix):
    return {prefix + name: tensor for name, tensor in stored["model"].items()}


@pytest.mark.parametrize(
    ("wrap", "note"),
    [
        (lambda s: {"model": wrapped(s, "module.")}, "module."),
        (lambda s: {"state_dict": wrapped(s, "model."), "epoch": 3}, "state_dict"),
        (lambda s: {"a": {"b": {"model": s["model"]}}}, "a.b.model"),
        (lambda s: wrapped(s, "_orig_mod."), "_orig_mod."),
        (lambda s: {**s["model"], 7: 1}, "no text"),
    ],
)
def test_what_others_wrapped_around_the_model_is_taken_off_and_told(save, stored, wrap, note):
    scene = open_scene(save(wrap(stored)))
    assert any(note in line for line in scene.notes)
    expected = stored["model"]["rendering_net.net.3.bias"]
    assert torch.equal(scene.weights.load("rendering.")["rendering.hidden_norm.bias"], expected)


def test_a_discriminator_of_several_devices_is_taken(save, stored):
    wrapper = {f"module.{name}": value for name, value in stored["discriminator"].items()}
    path = save({"model": wrapped(stored, "module."), "discriminator": wrapper})
    assert any(name.startswith("discriminator.") for name in read_upstream(path).tensors)


@pytest.mark.parametrize("prefix", ["", "model."])
def test_safetensors_of_the_authors_tensors_are_read(tmp_path, stored, prefix):
    (tmp_path / "intrinsics.txt").write_text(INTRINSICS)
    path = tmp_path / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in wrapped(stored, prefix).items()}
    save_file(tensors, path)
    scene = open_scene(path)
    assert (scene.file_format, scene.config) == ("upstream", SMALL)
    assert torch.equal(scene.weights.load("grid")["grid"], stored["model"]["deepvoxels"][0])


def test_a_dictionary_that_holds_itself_is_no_checkpoint(save):
    inner: dict = {}
    inner["model"] = inner
    assert "not a DeepVoxels checkpoint" in refusal(save(inner))


@pytest.mark.parametrize("suffix", [".pth", ".dvox"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n", "git lfs pull"),
        (b"<!DOCTYPE html>\n<html>Sign in</html>", "web page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "picture (PNG)"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "picture (JPEG)"),
        (b"ply\nformat ascii 1.0\nend_header\n", "PLY"),
        (bytes(5000), "zeros"),
    ],
)
def test_files_of_another_kind_are_called_by_their_name(tmp_path, suffix, content, words):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    text = refusal(path)
    assert words in text
    assert "code" not in text


def test_text_is_not_said_to_run_code(tmp_path):
    path = tmp_path / "model.pth"
    path.write_text("cos\nsystem\n(S'true'\ntR.")  # a pickle of the first protocol, even
    assert "code" not in refusal(path)


def test_a_zip_of_something_else_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.pth", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "zip archive of other files" in refusal(tmp_path / "model.pth")


def test_a_small_zip_that_unpacks_to_gigabytes_is_refused_before(save, stored, tmp_path):
    path = save(stored)
    small = tmp_path / "small.pth"
    with zipfile.ZipFile(path) as archive:
        content = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in content.items():
            packed.writestr(name, data)
        with packed.open("model/data/999", "w", force_zip64=True) as entry:
            for _ in range(200):
                entry.write(bytes(2**20))
    assert small.stat().st_size < 4 * path.stat().st_size
    assert "unpack to" in refusal(small)


def test_a_view_of_one_number_may_not_claim_a_whole_model(save, stored):
    huge = torch.zeros(1).expand(1, 512, 512, 512, 512)
    assert "is needed" in refusal(save({"model": {**stored["model"], "deepvoxels": huge}}))
    same = torch.zeros(1).expand(stored["model"]["deepvoxels"].shape)
    assert "too few numbers" in refusal(save({"model": {**stored["model"], "deepvoxels": same}}))


def test_an_old_file_that_claims_more_than_it_holds_is_refused(save, stored):
    path = save(stored, _use_new_zipfile_serialization=False)
    open_scene(path)
    data = path.read_bytes()
    numel = stored["model"]["deepvoxels"].numel()
    small, large = b"M" + numel.to_bytes(2, "little"), b"J\xff\xff\xff\x7f"
    assert small in data
    path.write_bytes(data.replace(small, large))
    assert "claims to hold" in refusal(path)


def test_sparse_and_whole_numbers_are_not_weights(save, stored):
    grid = stored["model"]["deepvoxels"]
    sparse = {**stored["model"], "deepvoxels": grid.to_sparse()}
    assert "sparse" in refusal(save({"model": sparse}))
    name = "rendering_net.net.3.bias"
    whole = {**stored["model"], name: torch.zeros(stored["model"][name].shape, dtype=torch.int32)}
    assert "int32" in refusal(save({"model": whole}))


def test_a_full_disk_is_one_line_for_a_checkpoint_and_a_scene(tmp_path):
    scene = random_scene()
    tensors = scene.weights.load("")
    former, limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, limit))
    try:
        with pytest.raises(UserError, match="could not be written"):
            write_upstream(tmp_path / "model.pth", scene.config, tensors)
        with pytest.raises(UserError, match="could not be written"):
            write_scene(tmp_path / "scene.dvox", scene)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (former, limit))
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def scene_file(tmp_path):
    path = tmp_path / "scene.dvox"
    write_scene(path, random_scene())
    return path


def set_fact(path, *keys, value):
    """A scene file with one fact changed, without checksums, as by another program."""
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    facts = json.loads(metadata["scene"])
    place = facts
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    save_file(tensors, path, {**metadata, "scene": json.dumps(facts), "checksums": "{}"})
    return path


POSE = ("cameras", 0, "camera_to_world")
NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (POSE, [1.0] * 15),
        (POSE, [NAN] * 16),
        (POSE, ["1"] * 16),
        (POSE, [10**400] * 16),
        (POSE, None),
        (("intrinsics", "focal"), 0),
        (("intrinsics", "focal"), "150"),
        (("intrinsics", "focal"), 10**400),
        (("intrinsics", "height"), INFINITE),
        (("intrinsics", "width"), 1e300),
        (("intrinsics", "width"), 127.5),
        (("intrinsics", "principal_point"), [1]),
        (("near_plane",), NAN),
        (("near_plane",), -1),
        (("grid", "scale"), 0),
        (("grid", "scale"), -INFINITE),
        (("grid", "center"), [0, 0, 1e30]),
        (("model", "image_size"), 128.0),
        (("model", "image_size"), 64 * 2**40),
        (("model", "grid_size"), 10**9),
        (("model", "features"), True),
        (("model", "occlusion"), "yes"),
        (("cameras",), 3),
        (("cameras", 0), []),
        (("training",), 5),
        (("notes",), {"a": 1}),
        (("name",), {"deep": ["x\ny"]}),
    ],
)
def test_one_wrong_number_is_one_line(scene_file, keys, value):
    path = set_fact(scene_file, *keys, value=value)
    if keys == ("name",):
        open_scene(path)  # odd, and harmless
    else:
        refusal(path)
