"""Opens a snapshot of a training run as a scene, to compare steps of one run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dvox_core.checkpoints.opening import SCENE_OF_RUN, open_scene
from dvox_core.checkpoints.torch_file import require_whole
from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.data.loading import load_capture
from dvox_core.data.view_sampling import load_training_views
from dvox_core.errors import CheckpointError
from dvox_core.model.loading import check_renderable
from dvox_core.model.picture_config import PictureModelConfig
from dvox_core.model.picture_networks import CODE_POSES, CODES, encode_pictures, has_codes
from dvox_core.model.scene import Scene
from dvox_core.training.run.launch import read_run_config, views_of_run
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.run_scenes import SCORE
from dvox_core.training.run.snapshots import named_snapshot


def open_snapshot(path: Path) -> Scene:
    """A snapshot's tensors as a scene; sizes, cameras and grid are those of the run's scene.

    Args:
        path: `snapshots/snapshot_…_step_….pt` in a run's folder.

    Raises:
        UserError: it is no snapshot, cannot be read, or the run has not written its scene yet.
    """
    snapshot = named_snapshot(path)
    run = path.parent.parent
    if snapshot is None or not (run / SCENE_OF_RUN).is_file():
        raise CheckpointError(
            f"{path}: is no snapshot in a run's folder with a {SCENE_OF_RUN}; choose one of "
            "RUN/snapshots/, or a .dvox file"
        )
    facts = open_scene(run)
    content = snapshot.load()
    state = content.get("trainer")
    if not isinstance(state, dict) or state.get("model_config") != facts.config.to_json():
        raise CheckpointError(f"{path}: is of another model than the run's {SCENE_OF_RUN}")
    try:
        tensors = _rendered_tensors(state, facts.weights.shapes(), RunDirectory(run))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"{path}: its content is broken ({type(error).__name__}: {error}); choose another one"
        ) from error
    if isinstance(facts.config, PictureModelConfig) and has_codes(facts.config):
        tensors |= _codes(RunDirectory(run), facts.config, tensors)
    step = snapshot.step
    weights = MemoryWeights(tensors, path)
    try:
        check_renderable(weights, facts.config)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return replace(
        facts,
        name=f"{facts.name}, step {step}",
        path=path,
        file_format="memory",
        weights=weights,
        training=_training_facts(facts, content.get("run") or {}, step),
    )


def _rendered_tensors(
    state: Mapping[str, Any], stored: Mapping[str, Any], directory: RunDirectory
) -> dict[str, Tensor]:
    """The tensors that render, of those that a trainer keeps; `stored` are the scene's."""
    tensors = {name: tensor for name, tensor in state["model"].items() if name in stored}
    if state.get("average") is not None:
        tensors |= state["average"]
    elif state["recipe"] == "direct" and _has_plain_grid(directory):
        tensors["grid"] = tensors["grid"].relu()  # as the trainer renders it
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name} is no tensor")
        require_whole(name, tensor)
    return tensors


def _has_plain_grid(directory: RunDirectory) -> bool:
    return read_run_config(directory).training.grid_path == "plain"


def _codes(
    directory: RunDirectory, config: PictureModelConfig, tensors: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The codes of the run's training views by the snapshot's encoder, which keeps none."""
    run_config = read_run_config(directory)
    capture = load_capture(run_config.capture)
    chosen = views_of_run(directory, run_config, capture)
    views = load_training_views(chosen.capture, config.image_size)
    codes = encode_pictures(config, tensors, views.pictures, torch.device("cpu"))
    return {CODES: codes, CODE_POSES: torch.stack(views.poses).float()}


def _training_facts(run: Scene, progress: Mapping[str, Any], step: int) -> dict[str, Any]:
    """What is known of the snapshot's training; scene.dvox's own time and score are not its."""
    facts = {key: value for key, value in run.training.items() if key not in ("seconds", SCORE)}
    facts["steps"] = step
    if isinstance(seconds := progress.get("elapsed_seconds"), float):
        facts["seconds"] = round(seconds, 1)
    if progress.get("scored_step") == step and isinstance(score := progress.get("score_db"), float):
        facts[SCORE] = round(score, 3)
    return facts
