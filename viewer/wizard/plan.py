"""What has been chosen in the wizard so far: one frozen value that the pages render."""

import enum
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dvox_core.data.deepvoxels_layout import DeepVoxelsLayout
from dvox_core.data.importing import Crop, ImportOptions
from dvox_core.data.loading import TEST_EVERY
from dvox_core.data.placement import up_direction
from dvox_core.data.source import Source
from dvox_core.data.survey import Survey
from dvox_core.model.kinds import AnyConfig
from dvox_core.training.config import PICTURE_RECIPES, Recipe, TrainingConfig
from dvox_core.training.picture_presets import model_of, with_recipe
from dvox_core.training.presets import DEFAULT_PRESET, find_preset
from dvox_core.training.run.arguments import import_arguments, train_arguments
from dvox_core.training.run.run_config import RunConfig, RunOptions

PICTURE_SIZES = (128, 256, 512)
"""Sides that models render, in pixels."""

GENERIC_FOLDER_NAMES = (
    "images",
    "input",
    "rgb",
    "photos",
    "train",
    "sparse",
    "0",
    "colmap",
    "data",
)
"""Scenes in folders of these names are named after the folder above."""


class Page(enum.IntEnum):
    """The wizard's pages in their order."""

    SOURCE = 0
    CAMERAS = 1
    QUALITY = 2
    SCHEDULE = 3
    SUMMARY = 4

    @property
    def title(self) -> str:
        """As written in the list at the left."""
        titles = ("Pictures", "Cameras and grid", "Quality", "Split and schedule", "Summary")
        return titles[self]


@dataclass(frozen=True, eq=False)
class FoundSource:
    """A source that can be imported.

    Attributes:
        given: what the user chose.
        path: what import reads: the same, or for photos and videos the folder in which their
            cameras were found.
        background_differs: the pictures show more than one colour around the object.
    """

    given: Path
    path: Path
    source: Source
    survey: Survey
    background_differs: bool = False

    @property
    def cameras_were_found(self) -> bool:
        """Whether structure from motion was needed; its outcome is kept beside the capture."""
        return self.path != self.given

    @property
    def name(self) -> str:
        """A name for what will be made of it."""
        path = self.given.with_suffix("") if self.given.is_file() else self.given
        if path.name.lower().startswith("transforms") or path.name.lower() in GENERIC_FOLDER_NAMES:
            path = path.parent
        if path.name.lower() in GENERIC_FOLDER_NAMES:
            path = path.parent
        return re.sub(r"[^\w.-]+", "-", path.name).strip("-.") or "scene"

    @property
    def has_split(self) -> bool:
        """Whether the source says itself which views are for testing."""
        return any(view.split for view in self.survey.views)

    @property
    def camera_up(self) -> tuple[float, float, float]:
        """The mean up direction of the pictures, in the source's own world."""
        x, y, z = up_direction([view.camera for view in self.survey.views])
        return (round(float(x), 6), round(float(y), 6), round(float(z), 6))

    @property
    def largest_size(self) -> int:
        """The largest of `PICTURE_SIZES` that the pictures fill."""
        fitting = [size for size in PICTURE_SIZES if size <= 1.02 * self.survey.crop_side]
        return max(fitting, default=PICTURE_SIZES[0])


@dataclass(frozen=True)
class TrainingPlan:
    """All that has been chosen. Every change makes a new one.

    Attributes:
        found_source: the source; None before there is one.
        options: of the import; a centre, scale or near plane of None is fitted.
        preset: the name its sizes and numbers started from.
        precision: "auto", "float32" or "bfloat16".
        run: how long, how often.
        folder: below it the capture and the run are put, each in a folder of its own.
        name: of the scene; both folders are called so.
    """

    found_source: FoundSource | None = None
    options: ImportOptions = field(default_factory=ImportOptions)
    preset: str = DEFAULT_PRESET
    model: AnyConfig = field(default_factory=lambda: find_preset(DEFAULT_PRESET).model)
    training: TrainingConfig = field(default_factory=lambda: find_preset(DEFAULT_PRESET).training)
    precision: str = "auto"
    run: RunOptions = field(
        default_factory=lambda: RunOptions(steps=find_preset(DEFAULT_PRESET).training.steps)
    )
    folder: Path = Path("~/DeepVoxels")
    name: str = ""

    # Changes

    def with_source(self, found_source: FoundSource | None) -> "TrainingPlan":
        """Another source: its grid is fitted anew, the rest stays as chosen.

        Structure from motion knows no up direction: that of the pictures is used.
        """
        if found_source is None:
            return replace(self, found_source=None)
        options = replace(
            self.options,
            size=_own_side(found_source) or found_source.largest_size,
            up=found_source.camera_up if found_source.cameras_were_found else None,
            center=None,
            scale=None,
            near=None,
            object=None,
            crop="common",
        )
        return replace(self, found_source=found_source, options=options, name=found_source.name)

    def with_options(self, **changes: Any) -> "TrainingPlan":
        """Other options of the import. Another up direction has the grid fitted anew."""
        if "up" in changes and changes["up"] != self.options.up:
            changes = {"center": None, "scale": None, "near": None, **changes}
        return replace(self, options=replace(self.options, **changes))

    def with_preset(self, name: str) -> "TrainingPlan":
        """A preset's sizes and numbers; what the schedule says of steps follows."""
        preset = find_preset(name)
        run = self.run
        if run.steps is not None:
            run = replace(run, steps=preset.training.steps)
        return replace(self, preset=name, model=preset.model, training=preset.training, run=run)

    def with_model(self, **changes: Any) -> "TrainingPlan":
        """Other sizes.

        Raises:
            CheckpointError: sizes that no model can have.
        """
        return replace(self, model=replace(self.model, **changes))

    def with_training(self, **changes: Any) -> "TrainingPlan":
        """Other numbers of the training; another recipe brings its own.

        Recipes of systems without voxels bring their sizes too, and those with voxels the preset's
        after them.

        Raises:
            TrainingConfigError: numbers that make no sense.
        """
        recipe: Recipe | None = changes.pop("recipe", None)
        training, model = self.training, self.model
        if recipe is not None and recipe != training.recipe:
            preset = find_preset(self.preset)
            training = with_recipe(preset, recipe)
            if recipe in PICTURE_RECIPES or not model.has_grid:
                model = model_of(preset, recipe)
        return replace(self, model=model, training=replace(training, **changes))

    def with_precision(self, name: str) -> "TrainingPlan":
        """ "auto", "float32" or "bfloat16"."""
        return replace(self, precision=name)

    def with_run(self, **changes: Any) -> "TrainingPlan":
        """Other options of the run.

        Raises:
            UserError: numbers that make no sense.
        """
        return replace(self, run=replace(self.run, **changes))

    # What follows

    @property
    def is_preset(self) -> bool:
        """Whether sizes and numbers are the preset's, none of them changed."""
        preset = find_preset(self.preset)
        return (self.model, self.training) == (preset.model, preset.training)

    @property
    def masks_object(self) -> bool:
        """Whether the object is cut out of its surroundings."""
        return self.options.object is not None

    def with_object(self, folder: Path | None) -> "TrainingPlan":
        """Cut out the object that was found, or, with None, keep the surroundings.

        Squares around the object lose nothing of it, and with its background gone, what is beside
        it needs not be seen by all pictures.
        """
        crop: Crop = "common" if folder is None else "box"
        options = replace(self.options, object=folder, crop=crop, center=None, scale=None)
        return replace(self, options=options)

    @property
    def masks_path(self) -> Path | None:
        """Where the object's masks will lie; None where none are used."""
        return self.base / "masks" / self.name if self.masks_object else None

    @property
    def written_options(self) -> ImportOptions:
        """Those of the import, with the object's masks where they will lie."""
        return replace(self.options, object=self.masks_path)

    @property
    def base(self) -> Path:
        """The folder with `~` expanded."""
        return self.folder.expanduser()

    @property
    def needs_import(self) -> bool:
        """Whether pictures have to be made, or the source can be trained on as it lies there."""
        found_source, options = self.found_source, self.options
        if found_source is None or found_source.source.format_name != DeepVoxelsLayout.name:
            return True
        own = ImportOptions(size=_own_side(found_source), test_every=options.test_every)
        has_own_split = found_source.has_split or options.test_every == TEST_EVERY
        return replace(options, background=own.background) != own or not has_own_split

    @property
    def source_path(self) -> Path | None:
        """What `import` reads."""
        if self.found_source is None or not self.found_source.cameras_were_found:
            return self.found_source.path if self.found_source else None
        return self.base / "cameras" / self.name

    @property
    def capture_path(self) -> Path | None:
        """Where the pictures to train on lie, or will lie."""
        if self.found_source is None:
            return None
        if not self.needs_import:
            return self.found_source.path.resolve()
        return self.base / "captures" / self.name

    @property
    def run_path(self) -> Path:
        """The run's folder."""
        return self.base / "runs" / self.name

    def run_config(self, precision: str = "float32") -> RunConfig:
        """The run's configuration.

        Args:
            precision: what "auto" stands for on the device.
        """
        chosen = precision if self.precision == "auto" else self.precision
        capture = self.capture_path
        assert capture is not None
        return RunConfig(
            capture=capture.resolve(),
            model=self.model,
            training=TrainingConfig.from_json({**self.training.to_json(), "precision": chosen}),
            options=self.run,
            preset=self.preset,
        )

    def commands(self) -> list[list[str]]:
        """The sub-commands that do the same, with their arguments."""
        if self.found_source is None or self.capture_path is None:
            return []
        commands = [train_arguments(self.run_config(), self.run_path, self.precision)]
        if not self.needs_import:
            return commands
        # The pictures as they were given: those cameras that were found are kept for them, and the
        # folder that the window keeps them in does not exist before the start.
        given = self.found_source.given
        commands.insert(0, import_arguments(given, self.capture_path, self.written_options))
        if self.masks_path is not None:
            masking = ["mask", str(given), "--out", str(self.masks_path)]
            is_capture = self.found_source.source.format_name == DeepVoxelsLayout.name
            commands.insert(0, [*masking, "--object"] if is_capture else masking)
        return commands


def _own_side(found_source: FoundSource) -> int:
    """The side of a source's pictures where all are square and as the authors' layout has them."""
    if found_source.source.format_name != DeepVoxelsLayout.name:
        return 0
    lens = found_source.survey.views[0].lens
    return lens.width if lens.width == lens.height else 0
