"""`bench-train --to-quality` prints what each recipe reached."""

import json
from pathlib import Path
from typing import Any

import pytest

from dvox_core.cli.bench_train import BenchTrain
from dvox_core.errors import UserError
from dvox_core.training.estimates import time_to_quality
from dvox_core.training.estimates.time_to_quality import TimeToQuality
from tests.helpers.captures import cube_capture


def measured(recipe: str, *_: Any) -> TimeToQuality:
    seconds = {24.0: 31.4, 26.0: None} if recipe == "guided" else {24.0: None, 26.0: None}
    return TimeToQuality(recipe, seconds, 25.04, 60.0, 80)


def test_the_times_of_all_recipes_are_a_table_and_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cube_capture(tmp_path / "cube")
    monkeypatch.setattr(time_to_quality, "measure_recipe", measured)
    report = tmp_path / "report.json"
    BenchTrain(to_quality=True, capture=tmp_path / "cube", minutes=1.0, json=report).run()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["recipe", "24", "dB", "26", "dB", "at", "the", "end"]
    assert lines[3].split() == ["guided", "31", "s", "–", "25.0", "dB"]
    assert "planned for 1 minutes" in lines[-1]
    recipes = json.loads(report.read_text())["recipes"]
    assert [each["recipe"] for each in recipes] == ["paper", "direct", "guided"]
    assert recipes[2]["seconds"] == {"24": 31.4, "26": None}


def test_no_time_is_refused(tmp_path: Path) -> None:
    cube_capture(tmp_path / "cube")
    with pytest.raises(UserError, match="--minutes 0"):
        BenchTrain(to_quality=True, capture=tmp_path / "cube", minutes=0.0).run()
