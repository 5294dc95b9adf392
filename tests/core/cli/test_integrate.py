"""`integrate` on a small scene: what it writes, refuses, and what takes its grid."""

import csv
from dataclasses import replace

import av
import numpy as np
import pytest

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.cli.app import COMMANDS, run_command_line
from dvox_core.model.scene import SceneCamera
from tests.helpers.captures import cube_capture
from tests.helpers.scenes import random_scene

G, F, S = 12, 6, 128


def run(*arguments):
    return run_command_line([str(argument) for argument in arguments], COMMANDS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A capture of 5 training views and a test view, and a scene of its cameras."""
    folder = tmp_path_factory.mktemp("work")
    capture = cube_capture(folder / "cube", train=5, test=1)
    scene = replace(
        random_scene(),
        cameras=tuple(SceneCamera(v.name, v.split, v.camera) for v in capture.views),
        intrinsics=capture.intrinsics,
        placement=capture.placement,
        near_plane=capture.near_plane,
    )
    write_scene(folder / "cube.dvox", scene)
    write_scene(folder / "bare.dvox", scene, rendering_only=True)
    return folder


@pytest.fixture(scope="module")
def grown(folder):
    out = folder / "grown"
    assert run("integrate", folder / "cube.dvox", folder / "cube", "--out", out) == 0
    return out


def test_arrays_table_and_video_tell_of_every_observation(grown):
    arrays = np.load(grown / "integrate.npz")
    shapes = {name: arrays[name].shape for name in arrays}
    volumes = dict.fromkeys(("norm", "update", "reset"), (5, G, G, G))
    assert shapes == {
        **volumes,
        "view": (5, S, S, 3),
        "grid": (F, G, G, G),
        "psnr_db": (5,),
        "change": (5,),
    }
    norms = np.linalg.norm(arrays["grid"].astype(np.float32), axis=0)
    assert norms == pytest.approx(arrays["norm"][-1].astype(np.float32), rel=0.01, abs=0.01)
    rows = list(csv.DictReader((grown / "integrate.csv").open()))
    assert [row["view"] for row in rows] == [f"{number:06d}" for number in range(5)]
    assert [float(row["psnr_db"]) for row in rows] == pytest.approx(
        arrays["psnr_db"].tolist(), rel=1e-4
    )
    with av.open(str(grown / "integrate.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 5
    assert (frames[0] != frames[4]).any()


def test_views_are_named_in_any_order_and_more_than_once(folder, tmp_path, capsys):
    arguments = (
        "integrate",
        folder / "cube.dvox",
        folder / "cube",
        "--no-video",
        "--out",
        tmp_path,
    )
    assert run(*arguments, "--views", "000003", "000001", "000003") == 0
    assert "3 pictures, as named" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "integrate.csv").open()))
    assert [row["view"] for row in rows] == ["000003", "000001", "000003"]
    assert not (tmp_path / "integrate.mp4").exists()
    assert run(*arguments, "--views", "nothing") == 2
    assert "--views nothing: is no such view of cube" in capsys.readouterr().err


def test_a_scene_without_the_networks_is_refused_in_one_line(folder, tmp_path, capsys):
    assert run("integrate", folder / "bare.dvox", folder / "cube", "--out", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert "The file has no feature extractor" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_render_and_record_take_the_grid(folder, grown, tmp_path):
    edits, scene = grown / "grid.edits.json", folder / "cube.dvox"
    poses = ("--poses", folder / "cube" / "test" / "pose")
    assert run("render", scene, *poses, "--out", tmp_path / "plain") == 0
    assert run("render", scene, *poses, "--out", tmp_path / "grown", "--edits", edits) == 0
    from PIL import Image

    plain, ours = (
        np.asarray(Image.open(next((tmp_path / name).glob("*.png"))), dtype=int)
        for name in ("plain", "grown")
    )
    assert np.abs(plain - ours).max() > 5
    last = np.load(grown / "integrate.npz")["view"][-1][5:-5, 5:-5].astype(int)
    assert np.abs(last - ours).max() <= 3
    video = tmp_path / "orbit.mp4"
    arguments = ("record", scene, "--orbit", "--seconds", 0.5, "--fps", 4, "--edits", edits)
    assert run(*arguments, "--out", video) == 0
    from dvox_core.recording.description import read_description

    told = read_description(video)["edits"]["grid"]
    assert told["views"] == [f"{number:06d}" for number in range(5)]
    assert "float16" not in told
    bare = tmp_path / "bare"
    assert run("render", folder / "bare.dvox", *poses, "--out", bare, "--edits", edits) == 0
    again = np.asarray(Image.open(next(bare.glob("*.png"))), dtype=int)
    assert np.array_equal(again, ours)  # what only observes is not needed to render
