"""Makes one cell of a table: trains a system on a capture, scores it, writes its score file.

Run as a module it does a job's work; all state lies in the table's folder, so that doing it again,
after a crash or on another machine, goes on.
"""

import hashlib
import json
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch

from dvox_core import allocator
from dvox_core.atomic_files import write_text
from dvox_core.baselines.nearest_view import NearestViewRenderer
from dvox_core.baselines.systems import NEAREST, find_system
from dvox_core.checkpoints.opening import open_scene
from dvox_core.child_process import serve_parent
from dvox_core.data.capture import Capture
from dvox_core.data.loading import load_capture
from dvox_core.evaluation.held_out_scores import HeldOutScores, score_scene
from dvox_core.evaluation.scored_views import Split, views_of
from dvox_core.evaluation.tables.folder import TableFolder
from dvox_core.evaluation.tables.table import Cell, CellKey, TablePlan
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.kinds import AnyConfig
from dvox_core.model.picture_networks import create_network
from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.renderer_timing import processor_name
from dvox_core.training.config import PICTURE_RECIPES, Recipe, TrainingConfig
from dvox_core.training.picture_presets import model_of, picture_losses, with_recipe
from dvox_core.training.presets import find_preset
from dvox_core.training.run.events import Event, StepDone, Stopped, Validated
from dvox_core.training.run.launch import (
    begin_run,
    chosen_precision,
    new_views,
    read_run_config,
    train_run,
)
from dvox_core.training.run.run_capture import CaptureFingerprint
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import (
    SILENT_SECONDS,
    LogReader,
    RunDirectory,
    counted_events,
)
from dvox_core.training.run.stop_request import StopRequest
from dvox_core.training.run.validation import save_pictures

MODULE = "dvox_core.evaluation.tables.cell"

MAX_PICTURES = 100
"""Views of a cell whose pictures are kept, evenly spread over the split."""

LOCK_SECONDS = 0.5
"""Between two looks at a lock that another process holds."""

LAST_SHARE = 0.2
STILL_RISING_DB = 0.1
"""A training whose validation score rose by more in its last fifth has not converged."""

Tell = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class CellWork:
    """A cell to be made."""

    folder: TableFolder
    plan: TablePlan
    key: CellKey


def make_cell(work: CellWork, tell: Tell) -> Cell | None:
    """Train as far as the plan says, score, and write the score file.

    Args:
        tell: given {"share": 0…1, "step", "psnr", "text"} now and then.

    Returns:
        The cell; None where somebody asked to stop.

    Raises:
        UserError: why it cannot be made; what was trained is kept.
    """
    folder, plan, key = work.folder, work.plan, work.key
    if folder.is_asked_to_stop:
        return None
    capture = load_capture(plan.path_of(key.capture))
    if key.system != NEAREST and not _train(work, capture, tell):
        return None
    tell({"share": 1.0, "text": "scores"})
    cell, scores = _score(work, capture)
    content = {**scores.to_json(), "cell": cell.to_json()}
    write_text(folder.score_path(key), json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return cell


def run_config(plan: TablePlan, key: CellKey) -> RunConfig:
    """How a cell is trained: sizes of the preset, the plan's loss and budget, and nothing tuned.

    “paper” is the loss of the paper's Table 1, for all: then DeepVoxels too is trained by the
    authors' recipe, as the others of this program know no adversarial loss.

    Raises:
        UserError: there is no such preset or system, or it cannot have that size.
    """
    preset = find_preset(plan.preset)
    recipe = find_system(key.system).recipe
    if recipe is None and plan.loss == "paper":
        recipe = "paper"
    chosen = cast(Recipe | None, recipe)
    model = model_of(preset, chosen)
    if plan.size is not None:
        model = replace(model, image_size=plan.size)
    training = _training(plan, with_recipe(preset, chosen))
    options = RunOptions()
    precision = chosen_precision("auto", options.device, training.recipe)
    return RunConfig(
        capture=plan.path_of(key.capture),
        model=model,
        training=replace(training, seed=key.seed, precision=precision),
        options=replace(options, steps=plan.steps, minutes=plan.minutes),
        preset=plan.preset,
    )


def require_trainable(plan: TablePlan, capture: Capture) -> None:
    """Refuse a capture that no cell could be trained or scored on.

    Raises:
        UserError: why, with a remedy.
    """
    views_of(capture, cast(Split, plan.split))
    for system in plan.systems:
        if system != NEAREST:
            config = run_config(plan, CellKey(plan.captures[0], system))
            new_views(config, capture)


def capture_digest(capture: Capture) -> str:
    """Of a capture's pictures, cameras, grid and split."""
    parts = asdict(CaptureFingerprint.of(capture)).values()
    return hashlib.blake2b("".join(parts).encode(), digest_size=16).hexdigest()


def scene_digest(path: Path) -> str:
    """Of a scene file; "" where there is none."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "md5").hexdigest()
    except FileNotFoundError:
        return ""


def still_rises(events: list[Event]) -> bool | None:
    """Whether the validation score rose much in the last fifth; None where that is not known."""
    counted = counted_events(events)
    scores = [event for event in counted if isinstance(event, Validated) and event.is_of_scene]
    if not scores:
        return None
    last = scores[-1]
    earlier = [event for event in scores if event.step <= (1 - LAST_SHARE) * last.step]
    return last.psnr - earlier[-1].psnr > STILL_RISING_DB if earlier else None


def _training(plan: TablePlan, training: TrainingConfig) -> TrainingConfig:
    if training.recipe == "isola":  # whose loss is what it is compared for
        return training
    adversarial = plan.loss == "paper"
    kind = PICTURE_RECIPES.get(training.recipe)
    if kind is not None:
        return picture_losses(kind, training.steps, adversarial=adversarial)
    return replace(training, adversarial=adversarial)


def _train(work: CellWork, capture: Capture, tell: Tell) -> bool:
    """Train as far as the plan says; False if it was stopped before."""
    run, plan = work.folder.run(work.key), work.plan
    if is_trained(run, plan):
        return True
    _wait_until_free(run, work.folder)
    if run.exists:
        kept = read_run_config(run)
        options = replace(kept.options, steps=plan.steps, minutes=plan.minutes)
        path = plan.path_of(work.key.capture)
        run.commands.take()  # meant for a process that has ended
        run.write_config(replace(kept, capture=path, options=options).to_json())
    else:
        shutil.rmtree(run.path, ignore_errors=True)  # killed before it had begun
        begin_run(run, run_config(plan, work.key))
    score: list[float] = []

    def listen(event: Event) -> None:
        if isinstance(event, Validated):
            score[:] = [event.psnr]
        if isinstance(event, StepDone):
            share = plan.share(event.step, event.elapsed_seconds / 60)
            told = {"share": share, "step": event.step, "text": event.stage}
            tell({**told, "psnr": score[0]} if score else told)

    return not isinstance(train_run(run, capture, listen, _StopOfTable(work.folder)), Stopped)


class _StopOfTable(StopRequest):
    """A run's request to stop that the table's folder makes, heeded by a paused run too."""

    def __init__(self, folder: TableFolder) -> None:
        super().__init__()
        self._folder = folder

    @property
    def is_set(self) -> bool:
        """Whether the table is asked to stop, or the run alone."""
        if self._folder.is_asked_to_stop:
            self.set("the table is to stop")
        return super().is_set


def _wait_until_free(run: RunDirectory, folder: TableFolder) -> None:
    """Wait for a run's lock: of a lost machine a file server frees it some time later.

    Who still holds it after that is refused by `train_run` in one line.
    """
    end = time.monotonic() + SILENT_SECONDS
    while run.is_running() and time.monotonic() < end and not folder.is_asked_to_stop:
        time.sleep(LOCK_SECONDS)


def is_trained(run: RunDirectory, plan: TablePlan) -> bool:
    """Whether the run has ended with the plan's budget spent."""
    status = run.read_status_file()
    share = plan.share(status.step, status.elapsed_seconds / 60)
    return status.state == "finished" and share >= 1 and run.scene_path.is_file()


def _score(work: CellWork, capture: Capture) -> tuple[Cell, HeldOutScores]:
    key, split = work.key, cast(Split, work.plan.split)
    kept = _kept_views(len(views_of(capture, split)))
    names: list[str] = []

    def keep(name: str, truth: Any, painted: Any) -> None:
        if len(names) in kept:
            save_pictures(work.folder.picture_path(key, name), painted)
            true_path = work.folder.truth_path(key.capture, name)
            if not true_path.is_file():
                save_pictures(true_path, truth)
        names.append(name)

    shutil.rmtree(work.folder.pictures(key), ignore_errors=True)
    cell = Cell(key.capture, key.system, key.seed, processor=processor_name())
    if key.system == NEAREST:
        side = picture_side(work.plan)
        nearest = NearestViewRenderer(capture.split("train"), capture.placement, side)
        scores = score_scene(nearest, side, capture, split, painted=keep)
        cell = replace(cell, device="cpu")
    else:
        cell = _trained_cell(cell, work.folder.run(key))
        scene = open_scene(work.folder.scene_path(key))
        renderer = create_renderer(scene, "auto", "float32")
        try:
            side = scene.config.image_size
            scores = score_scene(renderer, side, capture, split, painted=keep)
        finally:
            renderer.close()
    mean = scores.mean
    return replace(
        cell,
        state="done",
        psnr=mean.psnr,
        ssim=mean.ssim,
        views=len(scores.views),
        capture_digest=capture_digest(capture),
    ), scores


def _trained_cell(cell: Cell, run: RunDirectory) -> Cell:
    """What is known of a cell's training."""
    config, status = read_run_config(run), run.read_status_file()
    rises = still_rises(LogReader(run.log_path).new_events())
    device = config.options.device if config.options.device != "auto" else status.device
    return replace(
        cell,
        parameters=count_parameters(config.model),
        recipe=config.training.recipe,
        steps=status.step,
        minutes=round(status.elapsed_seconds / 60, 3),
        device=device,
        processor=torch.cuda.get_device_name() if device == "cuda" else cell.processor,
        scene_digest=scene_digest(run.scene_path),
        converged=None if rises is None else not rises,
    )


def picture_side(plan: TablePlan) -> int:
    """S of the table's pictures."""
    return plan.size if plan.size is not None else find_preset(plan.preset).model.image_size


def count_parameters(model: AnyConfig) -> int:
    """Of the whole network, the grid included."""
    with torch.device("meta"):
        network = DeepVoxels(model) if isinstance(model, ModelConfig) else create_network(model)
    numbers = sum(parameter.numel() for parameter in network.parameters())
    return numbers + (network.grid.numel() if isinstance(network, DeepVoxels) else 0)


def _kept_views(count: int) -> set[int]:
    """Numbers of the views whose pictures are kept."""
    if count <= MAX_PICTURES:
        return set(range(count))
    return {index * count // MAX_PICTURES for index in range(MAX_PICTURES)}


def _work(request: Mapping[str, Any], tell: Tell) -> None:
    allocator.keep_freed_memory()
    folder = TableFolder(Path(request["folder"]))
    key = CellKey(request["capture"], request["system"], request["seed"])
    make_cell(CellWork(folder, folder.read().plan, key), tell)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which asks to stop
    sys.exit(serve_parent(_work))
