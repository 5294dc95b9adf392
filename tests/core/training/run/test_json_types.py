"""What was read from JSON has the types of its fields, or is refused."""

import json
from pathlib import Path

import pytest

from dvox_core.model.config import ModelConfig
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run.events import StepDone, UnknownEvent, Validated, event_from_json
from dvox_core.training.run.json_types import wrong_field
from dvox_core.training.run.launch import read_run_config
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import RunDirectory, RunError
from dvox_core.training.run.status import Status

CONFIG = RunConfig(Path("capture"), ModelConfig(), TrainingConfig(), RunOptions(steps=5))


@pytest.mark.parametrize(
    ("instance", "wrong"),
    [
        (Status(step=3, steps=None, losses={"l1": 1, "generator": 0.5}), ""),
        (Status(step=True), "step"),
        (Status(steps=2**70), "steps"),
        (Status(losses={"l1": "low"}), "losses"),
        (Status(eta_seconds="soon"), "eta_seconds"),
        (Validated(3, 20, 0.5, [{"name": "a"}]), ""),  # JSON knows no tuples, nor 20.0 from 20
        (Validated(3, 20.0, 0.5, [3]), "views"),
        (TrainingConfig(sampling="nowhere"), "sampling"),
        (TrainingConfig(), ""),
        (RunOptions(device="cpu"), ""),
    ],
)
def test_the_first_field_of_another_type_is_named(instance: object, wrong: str) -> None:
    assert wrong_field(instance) == wrong


def test_a_status_or_an_event_of_other_types_counts_as_none(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    directory.write_status(Status("finished", step=4, elapsed_seconds=3))
    assert directory.read_status_file().step == 4
    for name, value in (("step", "four"), ("elapsed_seconds", float("inf")), ("message", None)):
        content = {**json.loads(directory.status_path.read_text()), name: value}
        (tmp_path / "status.json").write_text(json.dumps(content))
        assert directory.read_status_file() == Status()
        directory.write_status(Status("finished", step=4, elapsed_seconds=3))
    step = StepDone(1, 1.0, 0.1, None, 0.5, 4e-4, 90.0, 11.0, 1.5).to_json()
    assert isinstance(event_from_json(step), StepDone)
    for name, value in (("l1_loss", "low"), ("step", 1.5), ("stage", 3), ("step", 10**40)):
        assert isinstance(event_from_json({**step, name: value}), UnknownEvent)


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("run", "steps", "many"),
        ("run", "patience", [1]),
        ("run", "device", 3),
        ("training", "learning_rate", "fast"),
        ("training", "sampling", "nowhere"),
        ("model", "grid_size", "large"),
        ("capture", "", "a\0b"),
        ("format", "", float("inf")),
        ("run", "", []),
    ],
)
def test_a_configuration_of_other_types_is_refused_in_one_line(
    tmp_path: Path, section: str, name: str, value: object
) -> None:
    directory, content = RunDirectory(tmp_path), json.loads(json.dumps(CONFIG.to_json()))
    directory.write_config(content)
    assert read_run_config(directory) == CONFIG
    if name:
        content[section][name] = value
    else:
        content[section] = value
    directory.write_config(content)
    with pytest.raises(RunError, match=r"config\.json") as error:
        read_run_config(directory)
    assert str(error.value).isprintable()
