"""Sub-commands on real files: what they print, write and return."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core import __version__
from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import is_half, read_scene, write_scene
from dvox_core.checkpoints.upstream import write_upstream
from dvox_core.cli.app import COMMANDS, run_command_line
from dvox_core.data.deepvoxels_files import write_pose
from dvox_core.evaluation.render_speed import Contestant, Measured, report
from main import main
from tests.helpers.scenes import random_scene, reference_folder

ROOT = Path(__file__).parents[3]


def run(*arguments):
    return run_command_line([str(argument) for argument in arguments], COMMANDS)


@pytest.fixture
def scene_file(tmp_path):
    path = tmp_path / "robot.dvox"
    write_scene(path, random_scene())
    return path


@pytest.fixture
def poses(tmp_path):
    for view in random_scene().cameras[:2]:
        write_pose(tmp_path / "poses" / f"{view.name}.txt", view.camera)
    return tmp_path / "poses"


def test_info_tells_sizes_and_cameras(scene_file, capsys):
    assert run("info", scene_file) == 0
    text = capsys.readouterr().out
    assert "128 × 128 pixels" in text
    assert "12 × 12 × 12 voxels of 6 features" in text
    assert "3 test" in text
    assert run("info", scene_file, "--json", "-") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["model"]["grid_size"] == 12
    assert facts["cameras"] == {"test": 3}
    assert facts["near_plane"] == 1.0


def test_convert_goes_both_ways(scene_file, tmp_path, capsys):
    assert run("convert", scene_file, "--out", tmp_path / "up.pth") == 0
    (tmp_path / "intr.txt").write_text("150 63 65 0\n0 0 0\n1\n1.1\n128 128\n")
    assert (
        run(
            "convert",
            tmp_path / "up.pth",
            "--intrinsics",
            tmp_path / "intr.txt",
            "--half",
            "--out",
            tmp_path / "again.dvox",
        )
        == 0
    )
    assert run("info", tmp_path / "again.dvox", "--json", "-") == 0
    assert '"format": "dvox"' in capsys.readouterr().out


def test_convert_keeps_half_precision_and_replaces_nothing_unasked(scene_file, tmp_path, capsys):
    half, again = tmp_path / "half.dvox", tmp_path / "again.dvox"
    assert run("convert", scene_file, "--half", "--out", half) == 0
    assert run("convert", half, "--out", again) == 0
    assert [is_half(read_scene(path)) for path in (scene_file, half, again)] == [False, True, True]
    before = again.read_bytes()
    assert run("convert", scene_file, "--out", again) == 2
    assert "exists already; choose another --out, or replace it with --force" in (
        capsys.readouterr().err
    )
    assert again.read_bytes() == before
    assert run("convert", scene_file, "--out", again, "--force") == 0
    assert not is_half(read_scene(again))


def test_an_authors_checkpoint_has_beside_it_all_that_opens_it(tmp_path):
    scene = random_scene()
    split = [replace(view, split=split) for view, split in zip(scene.cameras, "abb", strict=True)]
    cameras = (replace(split[0], split="train"), *(replace(v, split="test") for v in split[1:]))
    write_scene(tmp_path / "robot.dvox", replace(scene, cameras=cameras))
    out = tmp_path / "theirs" / "robot.pth"
    assert run("convert", tmp_path / "robot.dvox", "--out", out) == 0
    opened = open_scene(out)
    assert opened.intrinsics == scene.intrinsics
    assert opened.placement == scene.placement
    assert opened.near_plane == scene.near_plane
    assert [view.split for view in opened.cameras] == ["train", "test", "test"]
    for view, before in zip(opened.cameras, cameras, strict=True):
        np.testing.assert_allclose(view.camera.camera_to_world, before.camera.camera_to_world)
    assert run("convert", tmp_path / "robot.dvox", "--out", out.with_name("other.pth")) == 2


def test_convert_keeps_the_poses_it_is_given(scene_file, poses, tmp_path, capsys):
    out = tmp_path / "new.dvox"
    assert run("convert", scene_file, "--poses", poses, "--out", out) == 0
    capsys.readouterr()
    run("info", out, "--json", "-")
    assert json.loads(capsys.readouterr().out)["cameras"] == {"pose": 2}


def test_render_writes_a_picture_and_arrays_for_every_pose(scene_file, poses, tmp_path):
    out = tmp_path / "out"
    assert run("render", scene_file, "--poses", poses, "--out", out, "--arrays") == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "000000.npz",
        "000000.png",
        "000001.npz",
        "000001.png",
    ]
    arrays = np.load(out / "000000.npz")
    assert arrays["rgb"].shape == (128, 128, 3)
    assert arrays["rgb"].dtype == arrays["depth"].dtype == arrays["visibility"].dtype == np.float32
    assert arrays["depth"].shape == (64, 64)
    assert arrays["visibility"].shape == (24, 64, 64)
    picture = np.asarray(Image.open(out / "000000.png"))
    assert picture.shape == (118, 118, 3)  # the untrained border is cut
    inner = np.round(arrays["rgb"][5:-5, 5:-5] * 255)
    assert np.abs(picture - inner).max() <= 1


def test_render_without_poses_takes_the_scenes_own_cameras(scene_file, tmp_path, capsys):
    assert run("render", scene_file, "--out", tmp_path / "out") == 0
    assert capsys.readouterr().out == f"Wrote  {tmp_path / 'out'} (3 pictures)\n"
    assert len(list((tmp_path / "out").glob("*.png"))) == 3


def test_views_of_two_splits_with_one_name_are_two_pictures(tmp_path):
    scene = random_scene()
    train = replace(scene.cameras[1], split="train")
    test = replace(scene.cameras[0], name=train.name)
    path = tmp_path / "scene.dvox"
    write_scene(path, replace(scene, cameras=(test, train)))
    assert run("render", path, "--out", tmp_path / "out") == 0
    pictures = sorted(p.relative_to(tmp_path / "out") for p in (tmp_path / "out").rglob("*.png"))
    assert pictures == [Path("test/000001.png"), Path("train/000001.png")]


def test_no_name_in_a_scene_leads_out_of_the_folder_of_pictures(tmp_path):
    scene = random_scene()
    names = ("../../out", str(tmp_path / "absolute"), "a\nb")
    cameras = tuple(
        replace(view, name=name, split="../up")
        for view, name in zip(scene.cameras, names, strict=True)
    )
    path = tmp_path / "in" / "scene.dvox"
    write_scene(path, replace(scene, cameras=cameras))
    assert run("render", path, "--out", tmp_path / "deep" / "er" / "pictures") == 0
    written = [p for p in tmp_path.rglob("*") if p.is_file() and p != path]
    assert len(written) == 3
    assert {p.parent for p in written} == {tmp_path / "deep" / "er" / "pictures"}


def test_render_reads_world_to_camera_poses_where_the_flag_says_so(scene_file, poses, tmp_path):
    run("render", scene_file, "--poses", poses, "--out", tmp_path / "a")
    inverse = tmp_path / "inverse"
    for view in random_scene().cameras[:2]:
        write_pose(
            inverse / "pose" / f"{view.name}.txt", type(view.camera)(view.camera.world_to_camera)
        )
    text = "150 63 65 0\n0.02 -0.01 0.03\n1\n1.1\n128 128\n1\n"
    (inverse / "intrinsics.txt").write_text(text)
    run("render", scene_file, "--poses", inverse, "--out", tmp_path / "b")
    for name in ("000000.png", "000001.png"):
        a, b = (np.asarray(Image.open(tmp_path / folder / name)).astype(int) for folder in "ab")
        assert np.abs(a - b).max() <= 1


@pytest.mark.parametrize("name", ["occlusion128", "depthcollapse128"])
def test_render_reproduces_the_reference_arrays(tmp_path, name):
    folder = reference_folder(name)
    out = tmp_path / "out"
    checkpoint = folder / "checkpoint.pth"
    assert run("render", checkpoint, "--poses", folder / "pose", "--out", out, "--arrays") == 0
    expected = np.load(folder / "expected.npz")
    for number, path in enumerate(sorted(out.glob("*.npz"))):
        rgb = np.load(path)["rgb"].transpose(2, 0, 1) - 0.5
        assert np.abs(rgb - expected[f"image_{number}"]).max() < 2e-4


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("info", "absent.dvox"), "not found"),
        (("convert", "{scene}", "--out", "x.txt"), ".dvox"),
        (("render", "{scene}", "--poses", "absent", "--out", "x"), "absent"),
        (("render", "{scene}", "--out", "/proc/none/x"), "cannot write"),
        (("bench", "--rounds", "0"), "--rounds"),
        (("bench", "--size", "100"), "100"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(scene_file, capsys, arguments, problem):
    assert run(*(str(a).format(scene=scene_file) for a in arguments)) == 2
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(error) == 1
    assert problem in error[0]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["render"], "SCENE and --out are missing"),
        (["render", "--outt", "x"], "--outt: there is no such argument, did you mean --out?"),
        (["info", "a", "b"], "b: is one argument too many"),
        (["info", "a", "--json"], "--json: needs a value after it"),
        (["bench", "--rounds", "x"], "--rounds: x is not a number"),
        (
            ["train", "x", "--out", "y", "--preset", "big"],
            "--preset big: choose tiny, small, medium or paper",
        ),
        (["nonsense"], "nonsense: name a sub-command: info, "),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(arguments, line, capsys):
    assert run_command_line(arguments, COMMANDS) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {line}")
    assert len(error.splitlines()) == 1


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"dvox {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "name"),
    [("/usr/bin/dvox", "dvox"), ("../main.py", "python ../main.py"), ("-c", "python main.py")],
)
def test_the_program_is_called_as_the_user_called_it(typed, name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [typed])
    with pytest.raises(SystemExit) as caught:
        run("info", "--help")
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"usage: {name} info" in text
    assert f"Example: {name} info assets/sample.dvox" in text
    run("info")
    assert f"“{name} info --help” explains" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_help_names_what_only_a_programmer_reads(name, capsys):
    with pytest.raises(SystemExit):
        run(name, "--help")
    text = " ".join(capsys.readouterr().out.split())
    for word in ("None", "True", "False", "metavar"):
        assert word not in text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_help_has_an_example(name, capsys):
    with pytest.raises(SystemExit):
        run(name, "--help")
    assert f"python main.py {name}" in " ".join(capsys.readouterr().out.split())


def test_our_own_fault_is_one_line_and_exit_code_1(scene_file, capsys, monkeypatch):
    import dvox_core.cli.info as module

    def fail(scene):
        raise RuntimeError("something\nwent wrong")

    monkeypatch.setattr(module, "_lines", fail)
    assert run("info", scene_file) == 1
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "something went wrong" in error


def test_the_program_itself_returns_these_codes(scene_file):
    for arguments, code in ((["info", scene_file], 0), (["info", "absent.dvox"], 2)):
        result = subprocess.run(
            [sys.executable, ROOT / "main.py", *arguments], capture_output=True, text=True
        )
        assert result.returncode == code
        assert "Traceback" not in result.stderr


def test_sub_commands_run_without_a_window(scene_file):
    code = (
        "import sys; from dvox_core.cli.app import *; "
        f"run_command_line(['info', {str(scene_file)!r}], COMMANDS); "
        "assert not {'PySide6', 'pyqtgraph', 'OpenGL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


def test_info_tells_intrinsics_in_pixels_of_the_picture(tmp_path, capsys):
    scene = random_scene()
    stored = scene.intrinsics.scaled_to(512)
    for intrinsics, words in ((scene.intrinsics, ""), (stored, "; the capture's are 512 × 512")):
        write_scene(tmp_path / "a.dvox", replace(scene, intrinsics=intrinsics))
        assert run("info", tmp_path / "a.dvox") == 0
        line = next(ln for ln in capsys.readouterr().out.splitlines() if "Intrinsics" in ln)
        assert line.endswith(
            f"focal 150, principal point (63, 65) in pixels of the 128 × 128 picture{words}"
        )


def test_bench_does_not_tell_agreement_by_a_flat_picture(capsys):
    from dvox_core.cli.bench import _lines

    plain = Measured(Contestant("plain", "cpu", "float32"), 1.0)
    other = Measured(Contestant("torch", "cpu", "bfloat16"), 1.0)
    for one in (plain, other):
        one.frames_ms, one.stages_ms, one.resampling_ms = [10.0], [{}], 1.0
    random = np.random.default_rng(0)
    flat = 0.49 + 1e-3 * random.random((3, 64, 64, 3), dtype=np.float32)
    shown = random.random((3, 64, 64, 3), dtype=np.float32)
    for pictures, expected in ((flat, None), (shown, 40.0)):
        plain.pictures, other.pictures = list(pictures), list(pictures + 0.01)
        result = report([plain, other], 64)
        told = dict(_lines(result))["torch bfloat16"]
        assert result["results"][0]["psnr_db"] == expected
        assert ("agreement unknown" in told) == (expected is None)
        assert ("40 dB" in told) == (expected is not None)


def test_bench_reports_every_figure_in_its_place(tmp_path, capsys):
    path = tmp_path / "up.pth"
    scene = random_scene()
    write_upstream(path, scene.config, scene.weights.load(""))
    (tmp_path / "intrinsics.txt").write_text("150 63 65 0\n0 0 0\n1\n1.1\n128 128\n")
    assert run("bench", path, "--rounds", "1", "--json", "-") == 0
    report = json.loads(capsys.readouterr().out)
    assert report.keys() == {"machine", "size", "plain", "results", "resampling"}
    assert report["size"] == 128
    assert report["plain"].keys() == {"frame_ms", "stages_ms"}
    exact = next(row for row in report["results"] if row["precision"] == "float32")
    assert exact.keys() == {
        "backend",
        "precision",
        "frame_ms",
        "ratio",
        "psnr_db",
        "prepare_s",
        "peak_mb",
        "stages_ms",
    }
    assert exact["psnr_db"] > 80
    assert exact["ratio"] == pytest.approx(
        report["plain"]["frame_ms"] / exact["frame_ms"], rel=0.02
    )
    assert exact["peak_mb"] > 50
    assert "inpainting" in report["plain"]["stages_ms"]
    assert "inpainting" not in exact["stages_ms"]
    assert report["resampling"].keys() == {"plain_ms", "fast_ms"}
