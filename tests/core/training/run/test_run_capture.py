"""A run knows its capture by content, keeps its split, and never looks at test views."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from dvox_core.checkpoints.scene_file import read_scene
from dvox_core.cli.app import run_command_line
from dvox_core.data.capture import Capture
from dvox_core.data.loading import load_capture
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.grid import GridPlacement
from dvox_core.training.run import validation
from dvox_core.training.run.events import Finished, Noted, Validated
from dvox_core.training.run.launch import train_run
from dvox_core.training.run.run_capture import CaptureFingerprint, RunCapture
from dvox_core.training.run.run_directory import RunDirectory, RunError
from dvox_core.training.run.view_selection import choose_views
from tests.helpers.captures import cube_capture
from tests.helpers.runs import prepared_run
from tests.helpers.trainers import RegressionTrainer

TRAIN = ["--preset", "tiny", "--device", "cpu", "--grid", "8", "--features", "4", "--channels", "6"]


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return cube_capture(tmp_path_factory.mktemp("cube"), train=20, test=2, side=128)


@pytest.fixture(autouse=True)
def quick_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        validation.Validation,
        "run",
        lambda self, scene, directory, step, is_cancelled: Validated(step, 20.0, 0.5),
    )


def with_camera(capture: Capture) -> Capture:
    matrix = capture.views[3].camera.camera_to_world.copy()
    matrix[0, 3] += 1e-6
    views = list(capture.views)
    views[3] = replace(views[3], camera=Camera(matrix))
    return replace(capture, views=tuple(views))


def with_picture(capture: Capture, folder: Path) -> Capture:
    path = folder / capture.views[0].picture_path.name
    Image.new("RGB", (128, 128)).save(path)
    return replace(
        capture, views=(replace(capture.views[0], picture_path=path), *capture.views[1:])
    )


def with_other_split(capture: Capture) -> Capture:
    last = replace(capture.views[-1], split="validation")
    return replace(capture, views=(*capture.views[:-1], last))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda c, f: replace(c, placement=GridPlacement((0, 0, 0), 2.001)), "other grid"),
        (lambda c, f: replace(c, near_plane=2.001), "other grid"),
        (lambda c, f: replace(c, intrinsics=replace(c.intrinsics, focal=200.0)), "other cameras"),
        (lambda c, f: with_camera(c), "other cameras"),
        (with_picture, "other pictures"),
        (lambda c, f: with_other_split(c), "other split"),
        (lambda c, f: replace(c, views=c.views[1:]), "pictures and cameras and split"),
    ],
)
def test_a_run_does_not_go_on_with_another_capture(
    tmp_path: Path, capture: Capture, changed, words: str
) -> None:
    directory = prepared_run(tmp_path / "run", steps=2)
    train_run(directory, capture, make_trainer=RegressionTrainer)
    scene = directory.scene_path.read_bytes()
    with pytest.raises(RunError, match=rf"begun on another capture .*{words}") as caught:
        train_run(directory, changed(capture, tmp_path), make_trainer=RegressionTrainer)
    assert "\n" not in str(caught.value)
    assert directory.scene_path.read_bytes() == scene


def test_a_capture_that_was_moved_is_the_same(tmp_path: Path) -> None:
    own = cube_capture(tmp_path / "cube", train=4, test=1)
    moved = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "cube", moved)
    views = (
        replace(v, picture_path=moved / v.picture_path.relative_to(tmp_path / "cube"))
        for v in own.views
    )
    there = replace(own, name="elsewhere", views=tuple(views))
    assert CaptureFingerprint.of(there) == CaptureFingerprint.of(own)


def test_the_command_line_refuses_another_capture_before_it_changes_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = {"train": "dvox_core.cli.train:Train"}
    cube_capture(tmp_path / "cube", train=4, test=1)
    out = tmp_path / "run"

    def train(folder: Path, *more: object) -> int:
        words = ["train", folder, "--out", out, *more]
        return run_command_line([str(word) for word in words], commands)

    assert train(tmp_path / "cube", *TRAIN, "--steps", 1) == 0
    config = (out / "config.json").read_bytes()
    shutil.copytree(tmp_path / "cube", tmp_path / "moved")
    cube_capture(tmp_path / "other", train=5, test=1)
    capsys.readouterr()
    assert train(tmp_path / "other", "--resume", "--steps", 2) == 2
    message = capsys.readouterr().err
    assert "begun on another capture" in message
    assert len(message.splitlines()) == 1
    assert (out / "config.json").read_bytes() == config
    assert train(tmp_path / "moved", "--resume", "--steps", 2) == 0
    assert RunDirectory(out).snapshots().newest().step == 2
    capsys.readouterr()
    assert train(tmp_path / "moved", "--resume", "--steps", 3, "--patience", 2) == 2
    assert "needs validation views" in capsys.readouterr().err


@pytest.mark.parametrize("asked", [0, 1, 4, 10])
def test_views_held_out_at_the_start_stay_so_whatever_is_asked_for_later(
    tmp_path: Path, capture: Capture, asked: int
) -> None:
    directory = prepared_run(tmp_path / "run", steps=2, validation_views=2)
    trained: list[set[str]] = []

    def make(own: Capture, *rest) -> RegressionTrainer:
        trained.append({view.name for view in own.split("train")})
        assert {view.name for view in own.split("test")} == {"000000", "000001"}
        return RegressionTrainer(own, *rest)

    train_run(directory, capture, make_trainer=make)
    content = directory.read_config()
    content["run"].update(validation_views=asked, steps=4)
    directory.write_config(content)
    events = []
    assert train_run(directory, capture, events.append, make_trainer=make) == Finished(4, "steps")
    assert trained[0] == trained[1]
    assert len(trained[0]) == 18
    notes = [event.message for event in events if isinstance(event, Noted)]
    assert "Validated on 2 training views that are held out; 18 train" in notes


def test_a_run_begun_without_validation_views_never_takes_trained_ones(
    tmp_path: Path, capture: Capture
) -> None:
    directory = prepared_run(tmp_path / "run", steps=2, validation_views=0)
    train_run(directory, capture, make_trainer=RegressionTrainer)
    assert RunCapture.read(directory).held_out == ()
    content = directory.read_config()
    content["run"].update(validation_views=4, steps=4, patience=2)
    directory.write_config(content)
    with pytest.raises(UserError, match="none is held out"):
        train_run(directory, capture, make_trainer=RegressionTrainer)


def test_a_small_capture_is_watched_by_training_views_and_never_by_test_views(
    tmp_path: Path,
) -> None:
    few = cube_capture(tmp_path / "few", train=5)
    views = choose_views(few, "all", 4)
    assert {view.split for view in views.watched} == {"train"}
    assert not views.are_judges
    assert "scores are of training views" in views.line
    directory = prepared_run(tmp_path / "run", steps=2)
    train_run(directory, few, make_trainer=RegressionTrainer)
    assert "validation_psnr" not in read_scene(directory.scene_path).training
    content = prepared_run(tmp_path / "other", steps=2, patience=3)
    with pytest.raises(UserError, match=r"--patience 3: needs validation views .* of 5 training"):
        train_run(content, few, make_trainer=RegressionTrainer)
    assert content.read_status().state == "failed"


def test_views_are_held_out_of_training_only_where_there_are_enough(tmp_path: Path) -> None:
    own = cube_capture(tmp_path / "own", train=4, validation=3)
    views = choose_views(own, "all", 2)
    assert (views.capture, views.held_out, views.are_judges) == (own, (), True)
    assert views.line == "Validated on 2 of the capture's 3 validation views"
    many = cube_capture(tmp_path / "many", train=30)
    views = choose_views(many, "all", 4)
    splits = [view.split for view in views.capture.views]
    assert [splits.count(name) for name in ("train", "validation", "test")] == [27, 3, 3]
    assert "27 train" in views.line
    assert len(views.held_out) == 3
    assert choose_views(many, "all", 1, views.held_out).capture == views.capture


def test_folders_without_splits_keep_the_split_that_they_were_given(tmp_path: Path) -> None:
    cube_capture(tmp_path / "cube", train=24, test=0)
    (tmp_path / "cube" / "train").rename(tmp_path / "flat")
    capture = load_capture(tmp_path / "flat")
    assert len(capture.split("test")) == 3
    directory = prepared_run(tmp_path / "run", steps=2)
    train_run(directory, capture, make_trainer=RegressionTrainer)
    other = load_capture(tmp_path / "flat", test_every=5)
    with pytest.raises(RunError, match="other split"):
        train_run(directory, other, make_trainer=RegressionTrainer)


def test_a_broken_file_of_the_capture_is_one_line(tmp_path: Path, capture: Capture) -> None:
    directory = prepared_run(tmp_path / "run", steps=2)
    for text in ("", "[]", "{}", '{"format": 1, "fingerprint": {"grid": 1}, "held_out": []}'):
        directory.capture_path.write_text(text)
        with pytest.raises(RunError, match=r"capture\.json: is broken"):
            train_run(directory, capture, make_trainer=RegressionTrainer)
    directory.capture_path.write_text('{"format": 9}')
    with pytest.raises(RunError, match="newer version"):
        train_run(directory, capture, make_trainer=RegressionTrainer)
