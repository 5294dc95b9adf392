"""`train`: a scene from a capture."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tyro

from dvox_core.cli.arguments import Flag, OptionalCount, OptionalNumber, Unsaid
from dvox_core.cli.reports import complain, print_facts
from dvox_core.errors import UserError
from dvox_core.program import program_name
from dvox_core.training.run.stop_request import StopRequest, stop_on_signals

if TYPE_CHECKING:
    from dvox_core.data.capture import Capture
    from dvox_core.model.kinds import AnyConfig
    from dvox_core.training.config import Recipe
    from dvox_core.training.run.data_parallel import Leading
    from dvox_core.training.run.events import Event
    from dvox_core.training.run.run_config import RunConfig, RunOptions
    from dvox_core.training.run.run_directory import RunDirectory

PresetName = Literal["tiny", "small", "medium", "paper"]
RecipeName = Literal["paper", "direct", "guided", "pix2pix", "tatarchenko", "worrall", "isola"]

MAY_CHANGE = ("precision",)
"""Options of the training that a resumed run may have changed."""


@dataclass(frozen=True)
class Train:
    """Train a scene on a capture; ends by writing scene.dvox into the run's folder.

    Ctrl-C saves and stops at once; --resume goes on from there, whatever ended the run.

    Example: python main.py train assets/sample_capture --out run --preset small --minutes 20

    And on: python main.py train assets/sample_capture --out run --resume --minutes 60
    """

    capture: tyro.conf.Positional[Path]
    """The capture's folder, as import writes it."""

    out: Path
    """Folder of the run."""

    preset: Unsaid[PresetName] = None
    """Sizes and recipe to start from: tiny, small, medium or paper; small by default."""

    steps: OptionalCount = None
    """End after so many steps in all; by default the preset's, unless --minutes is given."""

    minutes: OptionalNumber = None
    """End after so many minutes in all."""

    patience: OptionalCount = None
    """End after so many validations without a better score, and keep the best; 0 never."""

    size: OptionalCount = None
    """Side of the rendered picture in pixels: 128, 256, 512, …"""

    resume: Flag = False
    """Go on with the run in --out, from its last snapshot."""

    force: Flag = False
    """Overwrite the run in --out."""

    device: Unsaid[Literal["auto", "cpu", "cuda", "mps"]] = None
    """Where to compute."""

    precision: Unsaid[Literal["auto", "float32", "bfloat16"]] = None
    """Arithmetic of the networks; auto is bfloat16 on a GPU that has it (recipe guided: on a
    processor too), else float32."""

    recipe: Unsaid[RecipeName] = None
    """“paper”, the authors' step; “direct”, the grid is itself trained, which is quicker; “guided”,
    the same after a radiance field has found the shape, which is quicker still; the others are the
    paper's baselines, which have no voxels (isola: pix2pix with its own authors' loss)."""

    grid: OptionalCount = None
    """Voxels a side, divisible by 4."""

    features: OptionalCount = None
    """Features a voxel."""

    channels: OptionalCount = None
    """Channels of the networks' widest maps."""

    no_occlusion: Flag = False
    """Collapse depth without the occlusion network, as the authors' --no_occlusion_net did."""

    learning_rate: OptionalNumber = None
    """Of the networks."""

    grid_learning_rate: OptionalNumber = None
    """Of the grid (recipe direct)."""

    optimizer: Unsaid[Literal["adam", "muon"]] = None
    """Of the rendering network's convolutions (recipe guided)."""

    l1_weight: OptionalNumber = None
    """Of the L1 loss against the adversarial loss."""

    gradient_weight: OptionalNumber = None
    """Of an L1 loss on the pictures' gradients, for sharper edges; 0 leaves it out."""

    weight_decay: OptionalNumber = None
    """Of the networks."""

    grid_smoothness: OptionalNumber = None
    """Weight of the grid's total variation (recipe direct)."""

    adversarial: Unsaid[bool] = None
    """Train against a discriminator."""

    targets: OptionalCount = None
    """Pictures that a step renders."""

    targets_from: Unsaid[Literal["random", "nearest"]] = None
    """Where the second and later targets of a step are drawn from."""

    source_candidates: OptionalCount = None
    """The source view is one of so many, nearest to the first target (recipe paper)."""

    visibility_every: OptionalCount = None
    """Train the occlusion network in one of so many steps (recipe direct)."""

    flips: Unsaid[bool] = None
    """Mirror and turn the view volume with its picture at random (recipe direct)."""

    grid_path: Unsaid[Literal["inpainted", "plain"]] = None
    """Whether the grid goes through the inpainting network (recipe direct)."""

    color_start: Unsaid[bool] = None
    """Let the rendering network begin as an enlarger of colours (recipes direct, guided)."""

    trained_levels: OptionalCount = None
    """Levels of the rendering network's U-Net to train, from the outside in, of 6."""

    correct_lens: Unsaid[bool] = None
    """Move the principal point where the pictures agree better with another one (recipe guided)."""

    field_side: OptionalCount = None
    """Voxels a side of the finest radiance field (recipe guided)."""

    field_steps: OptionalCount = None
    """Steps of the radiance field's fit (recipe guided)."""

    occlusion_steps: OptionalCount = None
    """Steps of teaching the occlusion network; the shipped one takes a fifth (recipe guided)."""

    shipped_occlusion: Unsaid[bool] = None
    """Begin with the occlusion network that comes with the program (recipe guided, --grid 64)."""

    field_views: OptionalCount = None
    """Pictures of the radiance field as further targets (recipe guided)."""

    field_view_weight: OptionalNumber = None
    """Weight of their loss against a true picture's (recipe guided)."""

    joint_share: OptionalNumber = None
    """Last part of the training, 0…1, in which all networks train together (recipe guided)."""

    step_kind: Unsaid[Literal["fast", "plain"]] = None
    """“plain” works in the authors' order, for comparison (recipe paper)."""

    sampling_pattern: Unsaid[str] = None
    """Training views to use: all, or skip_N to leave out N after each, as the authors' did."""

    dropout: OptionalNumber = None
    """1 keeps the networks' own dropout, 0 switches it off."""

    ema: OptionalNumber = None
    """Decay of the moving average of the weights that the scene is made of; 0: no average."""

    schedule: Unsaid[Literal["constant", "cosine"]] = None
    """Of the learning rates."""

    seed: OptionalCount = None
    """Of weights, views and dropout."""

    snapshot_minutes: OptionalNumber = None
    """Between snapshots."""

    validation_minutes: OptionalNumber = None
    """Between validations (and previews)."""

    validation_views: OptionalCount = None
    """Views to validate on; held out of training where the capture has no validation split."""

    def run(self) -> int:
        """Train."""
        from dvox_core.training.run.data_parallel import follow, joined_ranks, leading

        stop = StopRequest()
        try:
            ranks = joined_ranks(self.device or "auto")
            if ranks is None:
                with stop_on_signals(stop):
                    return self._run(stop)
            if ranks.rank == 0:
                with stop_on_signals(stop), leading(ranks) as leader:
                    return self._run(stop, leader)
            follow(ranks)
        except KeyboardInterrupt:
            complain("stopped without saving; what was saved before can be resumed")
        return 0

    def _run(self, stop: StopRequest, leader: "Leading | None" = None) -> int:
        from dvox_core.cli.training_progress import TrainingProgress
        from dvox_core.data.loading import load_capture
        from dvox_core.training.run.launch import (
            begin_run,
            new_views,
            train_run,
            views_of_run,
        )
        from dvox_core.training.run.run_directory import RunDirectory, RunError
        from dvox_core.training.trainers.create import create_trainer

        if self.resume and self.force:
            raise UserError("--resume and --force exclude each other; leave one out")
        directory = RunDirectory(self.out)
        if self.force and directory.exists:
            directory.require_own()
        elif not self.resume:
            directory.require_free()
        config = self.configuration(directory)
        capture = load_capture(config.capture)
        # What cannot be is refused before anything is made or changed.
        if leader is not None:
            leader.require_shares(config.training)
        views = (
            views_of_run(directory, config, capture) if self.resume else new_views(config, capture)
        )
        if directory.is_running():
            raise RunError(f"{self.out}: another process trains this run; stop it first")
        self._introduce(config, capture, directory)
        directory.commands.take()  # meant for a process that has ended
        if self.resume:
            directory.write_config(config.to_json())
        else:
            begin_run(directory, config, overwrite=self.force)
        newest = directory.snapshots().newest() if self.resume else None
        before = newest.step if newest else None
        with TrainingProgress(config.options) as progress:
            maker = leader.trainer_maker(config, views.held_out) if leader else create_trainer
            ending = train_run(directory, capture, progress.show, stop, maker)
        status = directory.read_status_file()
        minutes = status.elapsed_seconds / 60
        more = _going_on(ending, config.options)
        if ending.step == before:
            complain(f"note: the run had reached its end; to train on: {more}")
        out, capture_path = str(self.out), str(self.capture)
        again = ["train", capture_path, "--out", out]
        print_facts(
            [
                (ending.name.capitalize(), f"at step {ending.step} after {minutes:.1f} min"),
                ("Scene", f"{directory.scene_path}"),
                ("Score it", f"{program_name()} {shlex.join(['evaluate', out, capture_path])}"),
                ("Go on", f"{program_name()} {shlex.join(again)} {more}"),
            ]
        )
        return 0

    def configuration(self, directory: "RunDirectory") -> "RunConfig":
        """Of the run: a new one, or what a run that goes on keeps and what it changes.

        Raises:
            RunError: something was asked for that a run keeps.
        """
        from dvox_core.training.run.launch import read_run_config

        if self.resume:
            return self._changed(read_run_config(directory), directory)
        return self._new_config()

    def _new_config(self) -> "RunConfig":
        from dvox_core.training.picture_presets import model_of, with_recipe
        from dvox_core.training.presets import DEFAULT_PRESET, find_preset
        from dvox_core.training.run.run_config import RunConfig, RunOptions

        preset = find_preset(self.preset or DEFAULT_PRESET)
        model, training = model_of(preset, self.recipe), with_recipe(preset, self.recipe)
        options = RunOptions()
        training = replace(
            training, **self._training_changes(self.device or options.device, training.recipe)
        )
        config = RunConfig(
            capture=self.capture.resolve(),
            model=replace(model, **self._model_changes(model)),
            training=training,
            options=replace(options, **self._option_changes(options)),
            preset=preset.name,
            sampling_pattern=self.sampling_pattern or "all",
        )
        if self.steps is None and self.minutes is None:
            return replace(config, options=replace(config.options, steps=training.steps))
        return config

    def _changed(self, config: "RunConfig", directory: "RunDirectory") -> "RunConfig":
        """An existing run's configuration with what may change of it.

        Raises:
            RunError: something else was asked for.
        """
        from dvox_core.training.run.run_config import changed_fields
        from dvox_core.training.run.run_directory import RunError

        model = replace(config.model, **self._model_changes(config.model))
        device = self.device or config.options.device
        training = replace(
            config.training, **self._training_changes(device, config.training.recipe, resumed=True)
        )
        changed = changed_fields(config.model, model)
        changed += [
            name for name in changed_fields(config.training, training) if name not in MAY_CHANGE
        ]
        if self.preset not in (None, config.preset):
            changed.append("preset")
        if self.recipe not in (None, config.training.recipe):
            changed.append("recipe")
        if self.sampling_pattern not in (None, config.sampling_pattern):
            changed.append("sampling_pattern")
        if changed:
            raise RunError(
                f"{directory.path}: was begun with another {changed[0].replace('_', ' ')}, which a "
                "run keeps; leave that option out, or start a new run"
            )
        options = replace(config.options, **self._option_changes(config.options))
        return replace(config, capture=self.capture.resolve(), training=training, options=options)

    def _model_changes(self, model: "AnyConfig") -> dict[str, Any]:
        from dvox_core.training.run.arguments import MODEL_ARGUMENTS, VOXEL_ARGUMENTS

        if not model.has_grid:
            given = [name for name in VOXEL_ARGUMENTS if getattr(self, name) not in (None, False)]
            if given:
                raise UserError(
                    f"--{given[0].replace('_', '-')}: says nothing to {model.kind}, which has no "
                    "voxels; leave it out, or choose another --recipe"
                )
        changes = self._given(MODEL_ARGUMENTS)
        if self.no_occlusion:
            changes["occlusion"] = False
            if self.features is None:  # depth collapse needs as many of one as of the other
                changes["features"] = self.channels or model.base_channels
            elif self.channels is None:
                changes["base_channels"] = self.features
        return changes

    def _training_changes(
        self, device: str, recipe: "Recipe", resumed: bool = False
    ) -> dict[str, Any]:
        from dvox_core.training.run.arguments import TRAINING_ARGUMENTS
        from dvox_core.training.run.launch import chosen_precision

        changes = self._given(TRAINING_ARGUMENTS)
        if self.precision is not None or not resumed:
            changes["precision"] = chosen_precision(self.precision or "auto", device, recipe)
        return changes

    def _option_changes(self, options: "RunOptions") -> dict[str, Any]:
        from dvox_core.training.run.arguments import RUN_ARGUMENTS

        changes = self._given(RUN_ARGUMENTS)
        if self.steps is not None or self.minutes is not None:
            changes |= {"steps": self.steps, "minutes": self.minutes}
        return changes

    def _given(self, arguments: Mapping[str, str]) -> dict[str, Any]:
        """Configuration fields → what was given for them."""
        values = {field: getattr(self, argument) for field, argument in arguments.items()}
        return {field: value for field, value in values.items() if value is not None}

    def _introduce(
        self, config: "RunConfig", capture: "Capture", directory: "RunDirectory"
    ) -> None:
        """Say what will be trained and what it takes."""
        from dvox_core.rendering.create import find_device
        from dvox_core.training.estimates.cost import describe_preset

        device = find_device(config.options.device)
        cost = describe_preset(config.model, config.training, device)
        model, options = config.model, config.options
        splits = [view.split for view in capture.views]
        views = ", ".join(f"{splits.count(name)} {name}" for name in dict.fromkeys(splits))
        end = []
        if options.steps is not None:
            end.append(f"{options.steps} steps, about {_duration(cost.minutes(options.steps))}")
        if options.minutes is not None:
            steps = round(60 * options.minutes / max(cost.step_seconds, 1e-6))
            end.append(f"{options.minutes:g} minutes, about {steps} steps")
        facts = [
            ("Capture", f"{config.capture} ({views})"),
            ("Preset", f"{config.preset}, recipe {config.training.recipe}"),
            ("Model", _model_line(model)),
            ("Parameters", f"{cost.parameters / 1e6:.2f} million"),
            ("Memory", f"about {cost.memory_bytes / 2**30:.1f} GiB"),
            (
                "Time",
                f"about {1000 * cost.step_seconds:.0f} ms a step on {device.type} in "
                f"{config.training.precision}",
            ),
            ("Ends after", " or ".join(end)),
        ]
        if self.resume:
            newest = directory.snapshots().newest()
            facts.append(("Goes on from", f"step {newest.step}" if newest else "the beginning"))
        print_facts(facts)
        if config.model.image_size > capture.intrinsics.height:
            complain(
                f"note: the capture's pictures are of {capture.intrinsics.height} pixels only; "
                f"a --size of {config.model.image_size} shows no more"
            )


def _model_line(model: "AnyConfig") -> str:
    """Its sizes."""
    from dvox_core.model.config import ModelConfig

    line = f"{model.image_size} × {model.image_size} pixels, "
    if isinstance(model, ModelConfig):
        line += f"grid of {model.grid_size}³ voxels with {model.features} features, "
    line += f"{model.base_channels} channels"
    if isinstance(model, ModelConfig):
        return line if model.occlusion else f"{line}, depth collapse"
    return f"{line}, codes of {model.latent} numbers" if model.latent else line


def _going_on(ending: "Event", options: "RunOptions") -> str:
    """The options that let a run go on after its end."""
    reason = getattr(ending, "reason", "")
    if reason == "steps":
        return f"--resume --steps {2 * ending.step}"
    if reason == "minutes" and options.minutes:
        return f"--resume --minutes {2 * options.minutes:g}"
    if reason == "no progress":
        return f"--resume --patience {2 * options.patience}"
    return "--resume"


def _duration(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"
