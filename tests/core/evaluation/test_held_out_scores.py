"""Scores on held-out views, their table and their JSON."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.cli.app import run_command_line
from dvox_core.data.capture import Capture
from dvox_core.data.pictures import load_picture
from dvox_core.errors import CaptureError
from dvox_core.evaluation.held_out_scores import camera_difference, score_scene
from dvox_core.evaluation.lpips import LpipsDistance
from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.renderer import RendererFacts
from dvox_core.rendering.scores import mean_score, score_picture
from dvox_core.training.config import TrainingConfig
from tests.helpers.captures import cube_capture
from tests.helpers.lpips import stand_in
from tests.helpers.trainers import TINY_MODEL, RegressionTrainer

COMMANDS = {"evaluate": "dvox_core.cli.evaluate:Evaluate"}


class TruthWithNoise:
    """A renderer that knows the true pictures and adds noise that grows view by view."""

    facts = RendererFacts("truth", "cpu", "uint8")

    def __init__(self, capture: Capture) -> None:
        self._capture, self.calls = capture, 0

    def render(self, camera: Camera, extras: Extra = Extra.NONE, between_stages=None) -> Frame:
        view = next(view for view in self._capture.views if view.camera == camera)
        truth = load_picture(view.picture_path, 128).astype(float)
        noise = np.random.default_rng(0).normal(0, 10 * self.calls, truth.shape)
        self.calls += 1
        noise[5:-5, 5:-5] *= self.calls > 1
        noise[:5] = 200  # the border does not count
        picture = np.clip(truth + noise, 0, 255).astype(np.uint8)
        return Frame(camera, picture, None, None, {})

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return cube_capture(tmp_path_factory.mktemp("cube"))


def test_psnr_is_that_of_its_definition_without_the_border() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(20, 230, (128, 128, 3)).astype(np.uint8)
    picture = truth.copy()
    picture[5:-5, 5:-5] += 10
    picture[:5] = 0
    score = score_picture(picture, truth)
    assert score.psnr == pytest.approx(20 * math.log10(255 / 10))
    assert 0 < score.ssim < 1
    equal = score_picture(truth, truth)
    assert (equal.psnr, equal.ssim) == (math.inf, 1.0)
    assert math.isnan(mean_score([]).psnr)


def test_ssim_agrees_with_a_plain_computation() -> None:
    random = np.random.default_rng(2)
    truth = random.integers(0, 255, (40, 40, 3)).astype(np.uint8)
    picture = np.clip(truth + random.normal(0, 30, truth.shape), 0, 255).astype(np.uint8)
    x, y = truth[5:-5, 5:-5].astype(float), picture[5:-5, 5:-5].astype(float)
    windows = []
    for channel in range(3):
        for row in range(x.shape[0] - 6):
            for column in range(x.shape[1] - 6):
                a = x[row : row + 7, column : column + 7, channel].ravel()
                b = y[row : row + 7, column : column + 7, channel].ravel()
                covariance = np.cov(a, b)
                c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
                above = (2 * a.mean() * b.mean() + c1) * (2 * covariance[0, 1] + c2)
                below = (a.mean() ** 2 + b.mean() ** 2 + c1) * (
                    covariance[0, 0] + covariance[1, 1] + c2
                )
                windows.append(above / below)
    assert score_picture(picture, truth).ssim == pytest.approx(np.mean(windows), abs=1e-9)


def test_views_are_scored_beside_the_nearest_training_view(
    capture: Capture, tmp_path: Path
) -> None:
    told = []
    scores = score_scene(
        TruthWithNoise(capture), 128, capture, "test", tmp_path, lambda *n: told.append(n)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [view.name for view in scores.views] == ["000000", "000001", "000002"]
    assert scores.views[0].scene.psnr == math.inf
    assert [view.name for view in scores.worst_first] == ["000002", "000001", "000000"]
    assert 5 < scores.nearest.psnr < 30
    with Image.open(tmp_path / "000001.png") as picture:
        assert picture.size == (3 * 118, 118)
        row = np.asarray(picture)
    truth = load_picture(capture.split("test")[1].picture_path, 128)
    np.testing.assert_array_equal(row[:, :118], truth[5:-5, 5:-5])
    content = scores.to_json()
    assert content["views"][0] == {"name": "000000", "psnr": None, "ssim": 1.0}
    assert (content["split"], content["views_in_capture"]) == ("test", 11)
    assert set(content) == {"mean", "nearest", "views", "split", "views_in_capture"}
    json.dumps(content, allow_nan=False)


def test_a_missing_split_is_named_with_those_that_there_are(capture: Capture) -> None:
    with pytest.raises(CaptureError, match="no validation views; use --split test or train"):
        score_scene(TruthWithNoise(capture), 128, capture, "validation")


def test_a_scene_of_another_camera_or_grid_is_noticed(capture: Capture) -> None:
    scene = RegressionTrainer(capture, TINY_MODEL, TrainingConfig(), torch.device("cpu")).scene()
    assert camera_difference(scene, capture) == ""
    other = replace(capture, intrinsics=replace(capture.intrinsics, focal=300.0))
    assert "another camera" in camera_difference(scene, other)
    moved = replace(capture, placement=replace(capture.placement, scale=3.0))
    assert "elsewhere" in camera_difference(scene, moved)
    half = replace(capture, intrinsics=capture.intrinsics.scaled_to(64))
    assert camera_difference(scene, half) == ""


def test_the_command_prints_the_worst_first_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capture = cube_capture(tmp_path / "cube", train=8, test=3)
    run = tmp_path / "run"
    scene = RegressionTrainer(capture, TINY_MODEL, TrainingConfig(), torch.device("cpu")).scene()
    write_scene(run / "scene.dvox", scene)
    arguments = ["evaluate", str(run), str(tmp_path / "cube")]
    assert run_command_line([*arguments, "--json", "-", "--device", "cpu"], COMMANDS) == 0
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    renderer = create_renderer(scene, "cpu", "float32")
    expected = score_scene(renderer, 128, capture)
    assert content["mean"]["psnr"] == pytest.approx(expected.mean.psnr, abs=1e-3)
    assert content["nearest"]["psnr"] == pytest.approx(expected.nearest.psnr)
    assert len(content["views"]) == 3
    out = tmp_path / "pictures"
    file = tmp_path / "scores.json"
    assert run_command_line([*arguments, "--json", str(file), "--out", str(out)], COMMANDS) == 0
    *lines, empty, words = capsys.readouterr().out.splitlines()
    assert (empty, words) == ("", f"The scene is {content['verdict']}.")
    assert "the nearest photo" in content["verdict"]
    assert json.loads(file.read_text())["views"] == content["views"]
    assert len(list(out.iterdir())) == 3
    assert lines[:2] == ["3 of 11 views: the test views of cube", ""]
    shown = [float(line.split()[1]) for line in lines[3:-1]]
    assert shown == sorted(shown)
    assert lines[-1].split()[0] == "mean"


def test_the_command_refuses_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["evaluate", str(tmp_path / "x"), str(tmp_path)], COMMANDS) == 2
    message = capsys.readouterr().err
    assert "not found" in message
    assert len(message.splitlines()) == 1


def flat(source: Path, target: Path, *splits: str) -> Path:
    """A folder without splits of the views of some splits of a capture."""
    for split in splits:
        for kind in ("rgb", "pose"):
            (target / kind).mkdir(parents=True, exist_ok=True)
            for path in sorted((source / split / kind).iterdir()):
                shutil.copy(path, target / kind / f"{split}-{path.name}")
        shutil.copy(source / split / "intrinsics.txt", target / "intrinsics.txt")
    return target


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A capture of splits, and a scene that was trained on it."""
    folder = tmp_path_factory.mktemp("trained")
    capture = cube_capture(folder / "cube", train=9, validation=2, test=3)
    scene = RegressionTrainer(capture, TINY_MODEL, TrainingConfig(), torch.device("cpu")).scene()
    write_scene(folder / "scene.dvox", scene)
    return folder / "cube", folder / "scene.dvox"


@pytest.mark.parametrize(
    ("splits", "asked", "scored", "words", "warned"),
    [
        # The capture of the training: what was kept from it then, not every eighth view.
        (("train", "validation", "test"), "test", 3, "3 of 14 views: the test views of the", ""),
        (("train", "validation", "test"), "validation", 2, "2 of 14 views: the validation", ""),
        (("train", "validation", "test"), "train", 9, "9 of 14 views: the train views", ""),
        # A part of it alone: whole, and said what was trained on.
        (("test",), "test", 3, "3 of 3 views: all of flat, which has no splits", ""),
        (("train",), "test", 9, "9 of 9 views: all of flat", "trained on 9 of the 9 views"),
    ],
)
def test_a_folder_without_splits_is_scored_whole_unless_the_scene_was_trained_on_it(
    trained: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    splits: tuple[str, ...],
    asked: str,
    scored: int,
    words: str,
    warned: str,
) -> None:
    source, scene = trained
    folder = flat(source, tmp_path / "flat", *splits)
    command = ["evaluate", str(scene), str(folder), "--split", asked, "--device", "cpu"]
    assert run_command_line([*command, "--json", str(tmp_path / "a.json")], COMMANDS) == 0
    printed = capsys.readouterr()
    assert words in printed.out.splitlines()[0]
    assert ("note: " in printed.err) == bool(warned)
    assert warned in printed.err
    content = json.loads((tmp_path / "a.json").read_text())
    assert len(content["views"]) == scored
    assert (content["nearest"] is None) == (len(splits) == 1)


def test_lpips_stands_beside_the_other_scores_where_it_is_asked_for(
    trained: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, scene = trained
    command = ["evaluate", str(scene), str(source), "--device", "cpu", "--out", str(tmp_path)]
    monkeypatch.setattr("dvox_core.evaluation.lpips.read_lpips_weights", stand_in)
    told = [*command, "--lpips", "alex", "--json", str(tmp_path / "a.json")]
    assert run_command_line(told, COMMANDS) == 0
    first, _, header, *lines = capsys.readouterr().out.splitlines()
    assert first.endswith("; LPIPS by AlexNet")
    assert header.split() == [
        *("View", "PSNR", "dB", "SSIM", "LPIPS"),
        *("nearest", "view", "SSIM", "LPIPS"),
    ]
    content = json.loads((tmp_path / "a.json").read_text())
    distance = LpipsDistance(stand_in("alex"))
    for view in content["views"]:
        with Image.open(tmp_path / f"{view['name']}.png") as picture:
            sides = np.pad(np.asarray(picture), ((5, 5), (0, 0), (0, 0)))  # its borders are off
        truth, ours = (np.pad(sides[:, x : x + 118], ((0, 0), (5, 5), (0, 0))) for x in (0, 118))
        assert view["lpips"] == pytest.approx(distance(ours, truth), rel=1e-5)
    mean = sum(view["lpips"] for view in content["views"]) / len(content["views"])
    assert content["mean"]["lpips"] == pytest.approx(mean)
    assert content["lpips_network"] == "alex"
    row = next(line for line in lines if line.startswith("mean")).split()
    assert row[3] == f"{mean:.4f}"


def test_views_of_another_capture_are_all_scored(
    trained: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cube_capture(tmp_path / "other", train=16, test=0)
    _, scene = trained
    command = ["evaluate", str(scene), str(flat(tmp_path / "other", tmp_path / "flat", "train"))]
    assert run_command_line([*command, "--device", "cpu"], COMMANDS) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("16 of 16 views: all of flat, which has no splits")


def test_a_split_that_holds_views_of_the_training_is_told(
    trained: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, scene = trained
    shutil.copytree(source / "train", tmp_path / "other" / "train")
    shutil.copytree(source / "train", tmp_path / "other" / "test")
    command = ["evaluate", str(scene), str(tmp_path / "other"), "--device", "cpu"]
    assert run_command_line(command, COMMANDS) == 0
    assert "was trained on 9 of the 9 views" in capsys.readouterr().err


def test_what_a_padded_picture_does_not_show_is_not_judged(tmp_path: Path) -> None:
    padded = cube_capture(tmp_path / "cube", train=2, test=1)
    (view,) = padded.split("test")

    class WrongAtTheLeft(TruthWithNoise):
        def render(self, camera: Camera, extras: Extra = Extra.NONE, between_stages=None) -> Frame:
            picture = load_picture(view.picture_path, 128)
            picture = np.concatenate([255 - picture[:, :40], picture[:, 40:]], axis=1)
            return Frame(camera, picture, None, None, {})

    assert score_scene(WrongAtTheLeft(padded), 128, padded).mean.psnr < 15
    shown = np.full((128, 128), 255, dtype=np.uint8)
    shown[:, :40] = 0
    folder = view.picture_path.parent.parent / "shown"
    folder.mkdir()
    Image.fromarray(shown).save(folder / f"{view.picture_path.stem}.png")
    assert score_scene(WrongAtTheLeft(padded), 128, padded).mean.psnr == math.inf
    shown[:] = 0
    Image.fromarray(shown).save(folder / f"{view.picture_path.stem}.png")
    with pytest.raises(CaptureError, match="its test pictures show nothing but padding"):
        score_scene(WrongAtTheLeft(padded), 128, padded)
