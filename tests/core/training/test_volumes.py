"""What a run keeps of the grid over time: gates, norms, and no more of them than a disk bears."""

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from dvox_core.data.view_sampling import load_training_views
from dvox_core.errors import UserError
from dvox_core.model.config import ModelConfig
from dvox_core.training import volumes as volumes_module
from dvox_core.training.config import TrainingConfig
from dvox_core.training.estimates.step_speed import random_capture
from dvox_core.training.presets import DIRECT
from dvox_core.training.trainers.create import create_trainer
from dvox_core.training.volumes import (
    MAX_FILES,
    GateMeans,
    keep_spread,
    save_volumes,
    volume_statistics,
)

CONFIG = ModelConfig(image_size=128, grid_size=8, features=4, base_channels=6)
CPU = torch.device("cpu")


def test_the_paper_recipe_gives_the_means_of_its_gates_since_they_were_last_asked_for(
    tmp_path: Path,
) -> None:
    capture = random_capture(tmp_path, CONFIG.image_size)
    trainer = create_trainer(capture, CONFIG, TrainingConfig(adversarial=False, dropout=0.0), CPU)
    gates = []
    for _ in range(2):
        views = trainer.sampling.draw(trainer.step_number)
        with torch.no_grad():  # the model as it is before the step, in the plain order of work
            picture = load_training_views(capture, 128).picture_batch((views.source,), CPU)[0]
            pose = trainer.views.poses[views.source]
            observed = trainer.model.observe(
                trainer.model.grid, picture, pose, trainer.frustum, capture.placement
            )
        gates.append((observed.update[0, 0], observed.reset[0, 0]))
        trainer.step(0.0)
    found = trainer.volumes()
    assert set(found) == {"grid_norm", "update_gate", "reset_gate"}
    for name, index in (("update_gate", 0), ("reset_gate", 1)):
        expected = (gates[0][index] + gates[1][index]) / 2
        torch.testing.assert_close(found[name], expected, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(
        found["grid_norm"], torch.linalg.vector_norm(trainer.model.grid, dim=0)
    )
    assert set(trainer.volumes()) == {"grid_norm"}  # no step since


def test_the_direct_recipe_gives_the_norm_of_the_scene_s_grid(tmp_path: Path) -> None:
    capture = random_capture(tmp_path, CONFIG.image_size)
    trainer = create_trainer(capture, CONFIG, DIRECT, CPU)
    trainer.step(0.0)
    found = trainer.volumes()
    grid = trainer.scene().weights.load("grid")["grid"]
    assert set(found) == {"grid_norm"}
    torch.testing.assert_close(found["grid_norm"], torch.linalg.vector_norm(grid, dim=0))


def test_gate_means_are_means() -> None:
    means = GateMeans()
    assert means.take() == {}
    means.add(torch.full((2, 2, 2), 0.2), torch.full((2, 2, 2), 0.6))
    means.add(torch.full((2, 2, 2), 0.4), torch.full((2, 2, 2), 1.0))
    taken = means.take()
    torch.testing.assert_close(taken["update_gate"], torch.full((2, 2, 2), 0.3))
    torch.testing.assert_close(taken["reset_gate"], torch.full((2, 2, 2), 0.8))
    assert means.take() == {}


def test_volumes_are_small_on_disk_and_never_overflow(tmp_path: Path) -> None:
    path = tmp_path / "step_00000001.safetensors"
    save_volumes(path, {"grid_norm": torch.full((8, 8, 8), 1e9)})
    found = load_file(path)["grid_norm"]
    assert found.dtype == torch.float16
    assert torch.isfinite(found).all()
    assert path.stat().st_size < 2 * 8**3 + 300


def test_volumes_that_cannot_be_written_are_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise RuntimeError("No space left on device")

    monkeypatch.setattr(volumes_module, "save_file", full)
    with pytest.raises(UserError, match="No space left"):
        save_volumes(tmp_path / "step_1.safetensors", {"grid_norm": torch.zeros(2, 2, 2)})
    assert list(tmp_path.iterdir()) == []


def test_statistics_are_of_all_voxels() -> None:
    values = torch.arange(1000.0).reshape(10, 10, 10)
    found = volume_statistics({"grid_norm": values})["grid_norm"]
    assert found == {"mean": 499.5, "median": 499.0, "high": 998.0, "max": 999.0}


def test_a_long_run_keeps_a_bounded_number_of_files_spread_over_it(tmp_path: Path) -> None:
    for step in range(0, 100 * 400, 100):
        (tmp_path / f"step_{step:08d}.png").write_bytes(b"x")
        keep_spread(tmp_path)
    steps = sorted(int(path.stem.split("_")[1]) for path in tmp_path.iterdir())
    assert len(steps) == MAX_FILES
    assert steps[0] == 0
    assert steps[-1] == 100 * 399
    roots = [step**0.5 for step in steps]
    gaps = [later - earlier for earlier, later in pairwise(roots)][10:]  # the first are few
    assert max(gaps) < 3 * sum(gaps) / len(gaps)


def test_large_files_are_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes_module, "MAX_BYTES", 20 * 1000)
    for step in range(40):
        (tmp_path / f"step_{step:08d}.safetensors").write_bytes(bytes(1000))
    (tmp_path / "something_else.txt").write_text("stays")
    keep_spread(tmp_path)
    assert len(list(tmp_path.glob("step_*"))) == 20
    assert (tmp_path / "something_else.txt").exists()
