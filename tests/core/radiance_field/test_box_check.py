"""A box that was placed by cameras alone, before an object whose size is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.cli.app import COMMANDS, run_command_line
from dvox_core.data.deepvoxels_files import read_intrinsics
from dvox_core.data.formats import recognise
from dvox_core.data.importing import ImportOptions, plan_import
from dvox_core.data.object_folder import cut_share
from dvox_core.data.source import Source
from dvox_core.data.survey import Survey, survey_source
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field import box_check
from dvox_core.radiance_field.box_check import box_doubt, is_box_guessed
from dvox_core.radiance_field.config import FieldStage
from tests.helpers.room import upright_photos

TALL = (0.35, 0.35, 0.9)
CORNERS = np.array(TALL) * np.stack(np.meshgrid(*[(-1, 1)] * 3), axis=-1).reshape(-1, 3)
QUICK = (FieldStage(32, 150, 2048, 0.5, 0.05, 0.5, 32),)


def silent(done: int, total: int, what: str) -> None:
    """No progress."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_check, "COARSE_STAGES", QUICK)


def test_import_tells_that_its_box_cuts_an_object_and_which_box_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = upright_photos(tmp_path / "photos", TALL)
    arguments = ["import", str(photos), "--size", "32"]
    assert run_command_line([*arguments, "--out", str(tmp_path / "cut")], COMMANDS) == 0
    report = capsys.readouterr().out
    cut = read_intrinsics(tmp_path / "cut" / "train" / "intrinsics.txt").placement
    assert cut_share(CORNERS, cut) == 1  # the square's width, which the object is higher than
    warning = next(line for line in report.splitlines() if "goes through" in line)
    assert warning.startswith("warning: the box goes through what stands out in the pictures: ")
    share = int(warning.split("%")[0].split()[-1])
    assert 20 < share < 70
    assert warning in (tmp_path / "cut" / "import_report.txt").read_text()

    # The import that it names keeps all of the object, in squares around it.
    way_out = warning[warning.index("--crop") :].split()
    arguments = [*arguments, *way_out, "--out", str(tmp_path / "whole")]
    assert run_command_line(arguments, COMMANDS) == 0
    assert "goes through" not in capsys.readouterr().out
    whole = read_intrinsics(tmp_path / "whole" / "train" / "intrinsics.txt").placement
    assert cut_share(CORNERS, whole) == 0
    assert whole.scale < 1.5 * 2 * TALL[2]


def read(photos: Path, tmp_path: Path) -> tuple[Source, Survey]:
    source = recognise(photos).read(photos, tmp_path, silent)
    return source, survey_source(source)


def test_a_box_around_an_object_raises_no_doubt_and_a_turned_world_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = upright_photos(tmp_path / "photos", (0.3, 0.3, 0.3))
    source, survey = read(photos, tmp_path)
    points = box_check.rough_places(photos, source, survey, silent)
    monkeypatch.setattr(box_check, "rough_places", lambda *arguments: points)
    plan = plan_import(photos, source, survey)
    assert box_doubt(photos, source, survey, plan, silent) == ""

    # With x up, what the doubt names lies along the new axes.
    monkeypatch.setattr(box_check, "rough_places", lambda *arguments: points + (0.5, 0.0, 0.0))
    plan = plan_import(photos, source, survey, ImportOptions(up=(1.0, 0.0, 0.0)))
    doubt = box_doubt(photos, source, survey, plan, silent)
    assert "goes through" in doubt
    center = [float(word) for word in doubt.split("--center ")[1].split()[:3]]
    np.testing.assert_allclose(center, (0.0, 0.0, 0.5), atol=0.1)


def test_nothing_is_looked_for_where_a_box_is_given_or_all_is_one_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(*arguments: object) -> None:
        raise AssertionError("the pictures were looked at")

    monkeypatch.setattr(box_check, "rough_places", look)
    photos = upright_photos(tmp_path / "photos", TALL, views=6)
    source, survey = read(photos, tmp_path)
    given = ImportOptions(center=(0.0, 0.0, 0.0), scale=1.0)
    plan = plan_import(photos, source, survey, given)
    assert box_doubt(photos, source, survey, plan, silent) == ""
    assert not is_box_guessed(source, ImportOptions(object=tmp_path))
    own = replace(source, placement=GridPlacement((0.0, 0.0, 0.0), 1.0))
    assert not is_box_guessed(own, ImportOptions())
    assert is_box_guessed(source, ImportOptions(center=(0.0, 0.0, 0.0)))

    for path in (photos / "images").iterdir():
        Image.new("RGB", (48, 96), "white").save(path)
    plan = plan_import(photos, source, survey)
    assert box_doubt(photos, source, survey, plan, silent) == ""
