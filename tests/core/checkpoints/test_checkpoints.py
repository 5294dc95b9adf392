"""Scene files and the authors' checkpoints: round trips, and what is refused."""

import json
import os
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from dvox_core.checkpoints import opening, upstream
from dvox_core.checkpoints.opening import find_intrinsics, open_scene
from dvox_core.checkpoints.scene_file import TRAINING_PARTS, VERSION, read_scene, write_scene
from dvox_core.checkpoints.upstream import config_from_shapes, read_upstream, write_upstream
from dvox_core.checkpoints.upstream_names import model_names
from dvox_core.errors import (
    Cancelled,
    CaptureError,
    CheckpointError,
    MissingIntrinsicsError,
    UserError,
)
from dvox_core.model.config import ModelConfig
from dvox_core.model.loading import expected_shapes
from dvox_core.rendering.create import create_renderer
from tests.helpers.scenes import (
    REFERENCE,
    SMALL,
    SMALL_COLLAPSE,
    random_scene,
    reference_folder,
)

INTRINSICS = "150.0 64.0 64.0 0.\n0 0 0\n1.0\n1.1\n128 128\n"


@pytest.fixture
def checkpoint(tmp_path):
    """An authors' checkpoint of a small random model, with its intrinsics.txt."""
    scene = random_scene()
    path = tmp_path / "logs" / "model.pth"
    write_upstream(path, scene.config, scene.weights.load(""))
    (tmp_path / "intrinsics.txt").write_text(INTRINSICS)
    return path


def changed(path, change):
    """Save a checkpoint anew after `change` to its dictionary."""
    stored = torch.load(path, weights_only=True)
    torch.save(change(stored) or stored, path)
    return path


def message_of(path, kind=CheckpointError, **options):
    with pytest.raises(kind) as caught:
        open_scene(path, **options)
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    return text


@pytest.mark.parametrize("config", [SMALL, SMALL_COLLAPSE])
def test_a_model_survives_the_way_to_the_authors_layout_and_back(tmp_path, config):
    scene = random_scene(config)
    tensors = scene.weights.load("")
    path = tmp_path / "model.pth"
    assert write_upstream(path, config, tensors) == []
    back = read_upstream(path)
    assert back.config == config
    assert back.tensors.keys() == tensors.keys()
    assert all(torch.equal(back.tensors[name], tensors[name]) for name in tensors)


def test_the_authors_names_and_shapes_are_those_of_the_reference():
    path = REFERENCE / "state_dict_default.json"
    if not path.is_file():
        pytest.skip(f"reference listing is not at hand ({path})")
    stored = json.loads(path.read_text())["model"]
    extra = json.loads((REFERENCE / "state_dict_no_occlusion_extra.json").read_text())
    collapse = {n: s for n, s in stored.items() if not n.startswith("occlusion_net.")} | extra
    for listing, config in (
        (stored, ModelConfig()),
        (collapse, ModelConfig(occlusion=False)),
    ):
        assert config_from_shapes({n: tuple(s) for n, s in listing.items()}) == config
        ours = expected_shapes(config)
        names = model_names(config)
        assert names.keys() == ours.keys()
        theirs = {their: ours[our] for our, all_names in names.items() for their in all_names}
        theirs["deepvoxels"] = (1, *theirs["deepvoxels"])
        assert theirs == {name: tuple(shape) for name, shape in listing.items()}


@pytest.mark.parametrize("name", ["occlusion128", "depthcollapse128"])
def test_exporting_an_imported_checkpoint_gives_every_tensor_back(tmp_path, name):
    source = reference_folder(name) / "checkpoint.pth"
    scene = open_scene(source)
    write_scene(tmp_path / "scene.dvox", scene)
    again = open_scene(tmp_path / "scene.dvox")
    write_upstream(tmp_path / "back.pth", again.config, again.weights.load(""))
    original = torch.load(source, weights_only=True)
    exported = torch.load(tmp_path / "back.pth", weights_only=True)
    for part in ("model", "discriminator"):
        assert original[part].keys() == exported[part].keys()
        for key, tensor in original[part].items():
            assert torch.equal(tensor, exported[part][key]), key


def test_a_scene_file_keeps_everything(tmp_path):
    scene = replace(random_scene(), training={"steps": 5}, notes=("a note",))
    path = tmp_path / "scene.dvox"
    write_scene(path, scene)
    back = read_scene(path)
    assert back.config == scene.config
    assert back.intrinsics == scene.intrinsics
    assert back.placement == scene.placement
    assert back.near_plane == scene.near_plane
    assert back.training == {"steps": 5}
    assert back.notes == ("a note",)
    assert [view.name for view in back.cameras] == [view.name for view in scene.cameras]
    assert all(a.camera == b.camera for a, b in zip(back.cameras, scene.cameras, strict=True))
    before, after = (
        create_renderer(s, "cpu", "float32").render(scene.start_camera) for s in (scene, back)
    )
    assert np.array_equal(before.picture, after.picture)


def test_a_half_scene_is_half_as_large_and_looks_the_same(tmp_path):
    scene = random_scene()
    write_scene(tmp_path / "full.dvox", scene)
    write_scene(tmp_path / "half.dvox", scene, half=True)
    sizes = [(tmp_path / name).stat().st_size for name in ("full.dvox", "half.dvox")]
    assert sizes[1] < 0.6 * sizes[0]
    pictures = [
        create_renderer(open_scene(tmp_path / name), "cpu", "float32")
        .render(scene.start_camera)
        .picture.astype(float)
        for name in ("full.dvox", "half.dvox")
    ]
    assert np.mean((pictures[0] - pictures[1]) ** 2) < 4


def test_a_scene_for_rendering_only_leaves_training_out_and_still_exports(tmp_path):
    scene = random_scene()
    write_scene(tmp_path / "small.dvox", scene, rendering_only=True)
    small = open_scene(tmp_path / "small.dvox")
    assert not any(name.startswith(TRAINING_PARTS) for name in small.weights.shapes())
    filled = write_upstream(tmp_path / "back.pth", small.config, small.weights.load(""))
    assert filled == ["discriminator", "feature_extractor", "integration"]
    assert read_upstream(tmp_path / "back.pth").config == scene.config


def test_opening_a_scene_reads_only_what_rendering_needs(tmp_path, monkeypatch):
    from dvox_core.checkpoints.weights import DvoxWeights

    path = tmp_path / "scene.dvox"
    write_scene(path, random_scene())
    read = []
    load = DvoxWeights.load

    def spy(self, *prefixes):
        tensors = load(self, *prefixes)
        read.extend(tensors)
        return tensors

    monkeypatch.setattr(DvoxWeights, "load", spy)
    create_renderer(open_scene(path), "cpu", "float32").render(random_scene().start_camera)
    assert {name.split(".")[0] for name in read} == {"inpainted_grid", "occlusion", "rendering"}


def test_intrinsics_are_found_beside_the_checkpoint_and_in_parent_folders(checkpoint):
    assert find_intrinsics(checkpoint) == checkpoint.parent.parent / "intrinsics.txt"
    assert open_scene(checkpoint).placement.scale == 1.1


def test_cameras_beside_a_checkpoint_are_taken_and_broken_ones_are_noted(checkpoint):
    poses = checkpoint.parent / "pose"
    poses.mkdir()
    (poses / "000000.txt").write_text("1 0 0 0 0 1 0 0 0 0 1 -2 0 0 0 1")
    assert [view.split for view in open_scene(checkpoint).cameras] == ["pose"]
    (poses / "000001.txt").write_text("1 2 3")
    scene = open_scene(checkpoint)
    assert scene.cameras == ()
    assert any("000001.txt" in note for note in scene.notes)


def test_missing_intrinsics_are_their_own_kind_of_error(checkpoint):
    (checkpoint.parent.parent / "intrinsics.txt").unlink()
    assert "--intrinsics" in message_of(checkpoint, MissingIntrinsicsError)


def test_a_pickle_that_would_run_code_is_refused_and_nothing_runs(tmp_path):
    marker = tmp_path / "it-ran"

    class Payload:
        def __reduce__(self):
            return os.mkdir, (str(marker),)

    plain_pickle = tmp_path / "payload.pth"
    plain_pickle.write_bytes(pickle.dumps({"model": Payload()}))
    zipped = tmp_path / "zipped.pth"
    torch.save({"model": {"deepvoxels": Payload()}}, zipped)
    old_format = tmp_path / "old.pth"
    torch.save({"model": Payload()}, old_format, _use_new_zipfile_serialization=False)
    disguised = tmp_path / "scene.dvox"
    disguised.write_bytes(zipped.read_bytes())
    for path in (plain_pickle, zipped, old_format, disguised):
        assert "refused" in message_of(path)
        assert not marker.exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x02", b"PK\x03\x04broken", b"{" * 40])
@pytest.mark.parametrize("suffix", [".pth", ".dvox"])
def test_files_that_are_no_checkpoints_are_named(tmp_path, content, suffix):
    path = tmp_path / f"file{suffix}"
    path.write_bytes(content)
    assert re.search(r"not a|cut off", message_of(path))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_truncated_files_are_refused(tmp_path, checkpoint, share):
    scene_path = tmp_path / "scene.dvox"
    write_scene(scene_path, random_scene())
    for path in (checkpoint, scene_path):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        message_of(path)


def test_a_path_that_is_not_there_or_is_a_folder_is_named(tmp_path):
    assert "not found" in message_of(tmp_path / "absent.dvox")
    assert "folder" in message_of(tmp_path)


def test_missing_wrong_and_unknown_tensors_are_named(checkpoint):
    def without(stored):
        del stored["model"]["rendering_net.net.3.weight"]

    good = checkpoint.read_bytes()
    assert "rendering_net.net.3.weight" in message_of(changed(checkpoint, without))
    checkpoint.write_bytes(good)

    def misshapen(stored):
        stored["model"]["rendering_net.net.3.weight"] = torch.zeros(7)

    text = message_of(changed(checkpoint, misshapen))
    assert "rendering_net.net.3.weight" in text
    assert "[7]" in text
    checkpoint.write_bytes(good)

    def foreign(stored):
        stored["model"]["style.weight"] = torch.zeros(1)

    assert "style.weight" in message_of(changed(checkpoint, foreign))


def test_any_one_of_the_duplicate_names_is_enough(checkpoint):
    expected = read_upstream(checkpoint).tensors["rendering.hidden_conv.weight"]

    def without_first(stored):
        del stored["model"]["rendering_net.net.2.weight"]

    changed(checkpoint, without_first)
    assert torch.equal(read_upstream(checkpoint).tensors["rendering.hidden_conv.weight"], expected)


def test_nan_in_the_weights_is_named(checkpoint, tmp_path):
    def spoil(stored):
        stored["model"]["rendering_net.net.3.bias"][0] = float("nan")

    text = message_of(changed(checkpoint, spoil))
    assert "rendering.hidden_norm.bias" in text
    assert "NaN" in text


def test_a_discriminator_may_be_missing(checkpoint):
    changed(checkpoint, lambda stored: {"model": stored["model"]})
    assert open_scene(checkpoint).config == SMALL


def rewritten(path, change):
    """A scene file with its metadata changed."""
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    change(metadata)
    save_file(tensors, path, metadata)
    return path


@pytest.fixture
def scene_file(tmp_path):
    path = tmp_path / "scene.dvox"
    write_scene(path, random_scene())
    return path


def test_a_newer_version_asks_for_a_newer_program(scene_file):
    rewritten(scene_file, lambda metadata: metadata.update(version=str(VERSION + 1)))
    assert "newer version" in message_of(scene_file)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(scene="{"),
        lambda m: m.pop("scene"),
        lambda m: m.update(version="one"),
        lambda m: m.update(scene=json.dumps({**json.loads(m["scene"]), "grid": {}})),
        lambda m: m.update(scene=m["scene"].replace('"grid_size": 12', '"grid_size": 13')),
        lambda m: m.update(scene=m["scene"].replace('"grid_size": 12', '"grid_size": 16')),
        lambda m: m.update(scene=m["scene"].replace('"grid_size"', '"gridsize"')),
    ],
)
def test_broken_metadata_is_one_line(scene_file, change):
    message_of(rewritten(scene_file, change))


def test_safetensors_of_something_else_are_refused(tmp_path):
    path = tmp_path / "other.dvox"
    save_file({"a": torch.zeros(1)}, path)
    assert "not a DeepVoxels scene" in message_of(path)


def test_intrinsics_given_for_a_scene_file_replace_its_own(scene_file, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text(INTRINSICS.replace("1.1", "2.2"))
    assert open_scene(scene_file, other).placement.scale == 2.2


def test_bad_intrinsics_name_their_own_file(checkpoint, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("150.0 64.0")
    with pytest.raises(CaptureError, match=r"other\.txt"):
        open_scene(checkpoint, other)


def test_progress_can_cancel_opening(scene_file):
    def cancel(share, text):
        raise Cancelled

    with pytest.raises(Cancelled):
        open_scene(scene_file, progress=cancel)


def test_a_failed_write_leaves_the_former_file(scene_file, monkeypatch):
    import dvox_core.checkpoints.scene_file as module

    before = scene_file.read_bytes()

    def full_disk(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "save_file", full_disk)
    with pytest.raises(UserError, match="No space left"):
        write_scene(scene_file, random_scene())
    assert scene_file.read_bytes() == before
    assert list(scene_file.parent.iterdir()) == [scene_file]


@pytest.mark.parametrize("cancel_at", [0.3, 0.8])
def test_reading_tells_how_far_it_is_and_can_be_cancelled_anywhere(scene_file, cancel_at):
    shares = []
    open_scene(scene_file, progress=lambda share, text: shares.append(share))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len({round(share, 1) for share in shares}) >= 5

    def cancel(share, text):
        if share >= cancel_at:
            raise Cancelled

    with pytest.raises(Cancelled):
        open_scene(scene_file, progress=cancel)


def test_a_checkpoint_is_read_once_for_its_first_renderer_and_anew_later(checkpoint, monkeypatch):
    times = []

    def read_and_count(file):
        times.append(file)
        return read_upstream(file)

    for module in (upstream, opening):
        monkeypatch.setattr(module, "read_upstream", read_and_count)
    scene = open_scene(checkpoint)
    first = create_renderer(scene, "cpu", "float32").render(scene.start_camera).picture
    assert len(times) == 1
    again = create_renderer(scene, "cpu", "float32").render(scene.start_camera).picture
    assert len(times) > 1  # nothing was kept of what had been loaded
    assert np.array_equal(first, again)
    assert scene.weights.load("").keys() == random_scene().weights.shapes().keys()
