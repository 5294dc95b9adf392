"""A scene in another process: facts, pictures, interventions and tensors as here."""

from dataclasses import replace

import imageio.v3 as iio
import numpy as np
import pytest
import torch

from dvox_core.camera_paths.generators import orbit
from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.errors import Cancelled, CheckpointError, UserError
from dvox_core.recording.record import record
from dvox_core.recording.settings import RecordingSettings
from dvox_core.remote.link import LinkPool
from dvox_core.remote.renderer import LINE_STAGE, RemoteRenderer
from dvox_core.remote.scene import open_remote_scene, remote_scene
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.interventions import (
    Action,
    Box,
    GridEdit,
    Interventions,
    Temperature,
    VoxelSet,
)
from dvox_core.rendering.observed_grid import observed_grid
from dvox_core.rendering.scores import psnr
from tests.helpers.remote import address
from tests.helpers.scenes import orbit_cameras, random_scene

ALL = Extra.ENTROPY | Extra.VISIBILITY | Extra.FLOAT_PICTURE | Extra.OUTSIDE | Extra.COLLAPSED


@pytest.fixture(scope="module")
def links():
    pool = LinkPool()
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def scene_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("there") / "random.dvox"
    write_scene(path, random_scene())
    return path


@pytest.fixture(scope="module")
def here(scene_file):
    return open_scene(scene_file)


@pytest.fixture(scope="module")
def there(scene_file, links):
    return open_remote_scene(address(scene_file), links=links)


@pytest.fixture(scope="module")
def renderers(here, there):
    made = create_renderer(here, "cpu", "float32"), create_renderer(there, "cpu", "float32")
    yield made
    for renderer in made:
        renderer.close()


def test_a_scenes_facts_are_those_of_its_file(here, there) -> None:
    for name in ("name", "file_format", "config", "intrinsics", "placement", "near_plane"):
        assert getattr(there, name) == getattr(here, name)
    assert [view.camera for view in there.cameras] == [view.camera for view in here.cameras]
    assert there.weights.shapes() == here.weights.shapes()
    assert remote_scene(there) is not None
    assert remote_scene(here) is None


def test_a_frame_is_the_one_that_this_machine_would_render(renderers) -> None:
    local, remote = renderers
    assert isinstance(remote, RemoteRenderer)
    assert remote.facts == local.facts
    for camera in orbit_cameras(2):
        ours, theirs = local.render(camera, ALL), remote.render(camera, ALL)
        assert np.array_equal(theirs.picture, ours.picture)
        assert np.array_equal(theirs.float_picture, ours.float_picture)
        assert theirs.camera == camera
        assert LINE_STAGE in theirs.stages_ms
        maps = ("depth", "contribution_depth", "entropy", "visibility", "outside_share")
        for name in (*maps, "collapsed"):
            expected, found = getattr(ours, name), getattr(theirs, name)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-3)
    plain = remote.render(camera)
    assert (plain.entropy, plain.visibility, plain.float_picture) == (None, None, None)


def test_a_quick_frame_is_compressed_and_its_full_one_is_not_rendered_again(renderers, there):
    local, remote = renderers
    camera = orbit_cameras(5)[3]
    link = remote_scene(there).link
    view, arrived = remote.begin(camera, Extra.NONE), []
    while not arrived:
        remote.wait(0.1)
        arrived = remote.arrived()
    ((shown, quick),) = arrived
    assert shown is view
    size, quality = link.frame_bytes, link.quality
    full = remote.render(camera)
    assert quality == "JPEG 90"
    assert link.quality == "lossless"
    assert psnr(quick.picture, full.picture) > 25  # noise, as random weights paint
    assert np.array_equal(full.picture, local.render(camera).picture)
    assert size < link.frame_bytes
    assert psnr(remote.render_quickly(camera).picture, quick.picture) > 60
    rendering = {name: ms for name, ms in full.stages_ms.items() if name in quick.stages_ms}
    del rendering[LINE_STAGE], rendering["unpacking"]
    assert rendering == {name: quick.stages_ms[name] for name in rendering}  # the same frame


def test_interventions_are_those_of_this_machine(renderers) -> None:
    local, remote = renderers
    camera = orbit_cameras(1)[0]
    plain = remote.render(camera)
    for changed in (
        Interventions(Temperature(3.0)),
        Interventions(edits=(GridEdit(Box((0, 0, 0), (6, 12, 12)), Action.ZERO),)),
        Interventions(edits=(GridEdit(VoxelSet((5, 700)), Action.NOISE, 3),) * 2),
        Interventions(grid=observed_grid(np.ones((6, 12, 12, 12)), ("000001",))),
    ):
        for renderer in (local, remote):
            renderer.intervene(changed)
        ours, theirs = local.render(camera), remote.render(camera)
        assert np.array_equal(theirs.picture, ours.picture)
        assert theirs.interventions == changed
    for renderer in (local, remote):
        renderer.intervene(Interventions())
    assert np.array_equal(remote.render(camera).picture, plain.picture)
    with pytest.raises(UserError, match="another scene"):
        remote.intervene(Interventions(edits=(GridEdit(VoxelSet((10**6,)), Action.ZERO),)))
    remote.intervene(Interventions())


def test_tensors_come_in_half_precision_and_whole_for_saving(here, there, tmp_path) -> None:
    whole, half = here.weights.load("grid", "occlusion."), there.weights.load("grid", "occlusion.")
    assert half.keys() == whole.keys()
    for name, tensor in whole.items():
        assert half[name].dtype == tensor.dtype
        torch.testing.assert_close(half[name], tensor, rtol=1e-3, atol=1e-3)
    write_scene(tmp_path / "copy.dvox", there)
    copy = open_scene(tmp_path / "copy.dvox")
    for name, tensor in here.weights.load("").items():
        assert torch.equal(copy.weights.load(name)[name], tensor)
    there.weights.check_finite("grid")


def test_views_are_overtaken_there_and_the_newest_always_comes(renderers) -> None:
    _, remote = renderers
    cameras = orbit_cameras(12)
    tickets = [remote.begin(camera, Extra.NONE) for camera in cameras]
    came = []
    while remote.count_under_way:
        came += remote.arrived()
        remote.wait(0.05)
    frames = [frame for _, frame in came if frame is not None]
    assert len(came) == len(tickets)
    assert frames[-1].camera == cameras[-1]
    assert len(frames) < len(cameras)


def test_what_is_given_up_here_is_given_up_there(renderers) -> None:
    _, remote = renderers

    def never() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        remote.render(orbit_cameras(1)[0], Extra.NONE, never)
    ticket = remote.begin(orbit_cameras(9)[5], Extra.NONE)
    remote.give_up(ticket)
    assert remote.count_under_way == 0
    camera = orbit_cameras(7)[2]
    assert remote.render(camera).camera == camera


def test_what_cannot_be_opened_says_so_in_one_line(scene_file, links, tmp_path) -> None:
    with pytest.raises(CheckpointError, match=r"not found on that machine"):
        open_remote_scene(address(scene_file.with_name("gone.dvox")), links=links)
    (tmp_path / "text.dvox").write_text("no scene")
    with pytest.raises(CheckpointError, match=r"text\.dvox"):
        open_remote_scene(address(tmp_path / "text.dvox"), links=links)


def test_a_second_renderer_has_its_own_interventions(there, renderers) -> None:
    _, remote = renderers
    camera = orbit_cameras(1)[0]
    plain = remote.render(camera)
    other = create_renderer(there, "cpu", "float32")
    other.intervene(Interventions(Temperature(5.0)))
    assert not np.array_equal(other.render(camera).picture, plain.picture)
    assert np.array_equal(remote.render(camera).picture, plain.picture)
    other.close()


def test_opening_is_cancelled_by_its_progress(scene_file, links) -> None:
    def cancel(share: float, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        open_remote_scene(address(scene_file), progress=cancel, links=links)


def test_a_file_that_is_replaced_is_said_to_be_another(scene_file, tmp_path) -> None:
    pool = LinkPool()
    try:
        path = tmp_path / "scene.dvox"
        write_scene(path, random_scene())
        scene = open_remote_scene(address(path), links=pool)
        renderer = create_renderer(scene, "cpu", "float32")
        write_scene(path, replace(random_scene(seed=1), name="other"))
        link = remote_scene(scene).link
        link.connection().close()
        link._on_ended(None)
        with pytest.raises(UserError, match="another file lies"):
            renderer.render(orbit_cameras(1)[0])
    finally:
        pool.close()


def test_a_recording_of_a_scene_over_there_has_the_frames_of_one_here(
    renderers, here, there, tmp_path
) -> None:
    orbit_path = orbit(here.start_camera, here.pivot, here.up_axis, seconds=0.4)
    path = replace(orbit_path, fps=10.0)
    settings = RecordingSettings(size=(118, 118))
    for renderer, scene, name in zip(renderers, (here, there), ("here", "there"), strict=True):
        record(renderer, scene, path, settings, tmp_path / name)
    pictures = [sorted((tmp_path / name).glob("*.png")) for name in ("here", "there")]
    assert len(pictures[0]) == len(pictures[1]) > 1
    for own, other in zip(*pictures, strict=True):
        difference = iio.imread(own).astype(int) - iio.imread(other)
        assert np.abs(difference).max() <= 1  # another process adds in another order
