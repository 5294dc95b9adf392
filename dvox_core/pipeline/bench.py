"""Answers what the stages of a view look like, and keeps what was costly to find out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from dvox_core.data.pictures import load_picture
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.resampling import RowSampler, grid_to_rows, sum_rows
from dvox_core.inspection.grids import has_raw_grid, load_edited_grid
from dvox_core.inspection.kept_answers import KeptAnswers
from dvox_core.model.config import ModelConfig
from dvox_core.model.kinds import SYSTEM_TITLES
from dvox_core.model.loading import CPU, INPAINTED_GRID, load_inpainted_grid, load_parts
from dvox_core.model.scene import Scene
from dvox_core.pipeline.looks import FeatureLook, fit_look
from dvox_core.pipeline.observing import (
    Observer,
    load_observer,
    network_picture,
    why_not_observable,
)
from dvox_core.pipeline.places import RayPlaces
from dvox_core.pipeline.questions import PipelineAnswer, SourceView, StageAnswer, StageQuestion
from dvox_core.pipeline.stage_looks import StageLook, usual_look
from dvox_core.pipeline.stage_pictures import (
    ShownTensor,
    StagePicture,
    map_picture,
    shown_features,
    shown_gate,
    shown_weights,
    volume_picture,
)
from dvox_core.pipeline.stages import Kind, Stage
from dvox_core.rendering.frame import BORDER, Frame, without_border
from dvox_core.rendering.interventions import Interventions
from dvox_core.rendering.observed_grid import ObservedGrid
from dvox_core.rendering.stopwatch import Stopwatch

Array = NDArray[np.float32]
NO_SOURCE = "Choose a source view: none of the capture's pictures is at hand"
NO_RAW_GRID = "The file keeps no grid from before inpainting"
NO_FRAME = "Waiting for this view"
DEPTH_COLLAPSE = "Depth collapse: this model weighs no depths, convolutions flatten them"

STAGE_TIMES = {
    Stage.FRUSTUM: "resampling",
    Stage.VISIBILITY: "occlusion",
    Stage.COLLAPSED: "collapse",
    Stage.PICTURE: "rendering",
}
"""Under which name a frame keeps the time of a stage."""


@dataclass(frozen=True, eq=False)
class _Tensor:
    """A stage's tensor as it can be looked at."""

    show: Callable[[int], ShownTensor]  # of a channel
    places: RayPlaces | None = None  # of maps
    milliseconds: float | None = None


@dataclass(frozen=True, eq=False)
class _Observed:
    """An observation as arrays; see `Observation`."""

    features: Array
    lifted: Array
    reset: Array
    update: Array
    after: Array
    change: float
    stages_ms: Mapping[str, float]


@dataclass(eq=False)
class _Found:
    tensors: dict[Stage, _Tensor] = field(default_factory=dict)
    pictures: dict[Stage, tuple[StagePicture, float | None]] = field(default_factory=dict)
    notes: dict[Stage, str] = field(default_factory=dict)
    change: float | None = None


class StageBench:
    """Belongs to one thread. Reads the scene's tensors when they are first needed."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._kept = KeptAnswers()

    def answer(self, question: StageQuestion) -> PipelineAnswer:
        """Find it out.

        Raises:
            CheckpointError, CaptureError: the scene's weights or the picture cannot be used.
        """
        if not isinstance(self.scene.config, ModelConfig):
            return self._of_another_system(question)
        found = _Found()
        with torch.inference_mode():
            self._observe(question, found)
            self._view(question, found)
            stages = {stage: self._tile(stage, question, found) for stage in Stage}
            enlarged = self._enlarged(question, found)
        return PipelineAnswer(question, stages, enlarged, found.change)

    # The stages

    def _observe(self, question: StageQuestion, found: _Found) -> None:
        """From the source picture to the grid that it is merged into."""
        reason, scene = why_not_observable(self.scene), self.scene
        observing = (Stage.FEATURES, Stage.LIFTED, Stage.RESET, Stage.UPDATE, Stage.AFTER)
        before = self._before(question)
        look = self._grid_look()
        if before is None:
            found.notes[Stage.BEFORE] = NO_RAW_GRID
        else:
            found.tensors[Stage.BEFORE] = self._features(Stage.BEFORE, before, look)
        if question.source is None:
            found.notes[Stage.SOURCE] = NO_SOURCE
        reason = reason or (NO_SOURCE if question.source is None else "")
        reason = reason or (NO_RAW_GRID if before is None else "")
        if question.source is not None:
            strength = None if before is None else look.strength(before)
            self._source(question.source, strength, found)
        if reason or question.source is None or before is None:
            found.notes |= dict.fromkeys(observing, reason)
            return
        seen_from = question.source.camera
        observed = self._observed(question.source, question.before, before)
        found.change = observed.change
        places = RayPlaces(scene, seen_from, look.strength(observed.after), None)
        map_look = self._map_look("features", observed.features)
        times = observed.stages_ms
        for stage, features, its_look, time, where in (
            (Stage.FEATURES, observed.features, map_look, times["features"], places),
            (Stage.LIFTED, observed.lifted, map_look, times["lifting"], None),
            (Stage.AFTER, observed.after, look, times["integration"], None),
        ):
            found.tensors[stage] = self._features(stage, features, its_look, time, where)
        seen = (observed.lifted != 0).any(axis=0)
        for stage, gate in ((Stage.RESET, observed.reset), (Stage.UPDATE, observed.update)):
            found.tensors[stage] = _gate(stage, gate, seen, times["integration"])

    def _observed(self, source: SourceView, before: ObservedGrid | None, grid: Array) -> _Observed:
        """The source observed by a grid; `before` says which one it is."""

        def observe() -> _Observed:
            picture = network_picture(self._picture(source))
            observation = self._observer().observe(torch.from_numpy(grid), picture, source.camera)
            return _Observed(
                features=_numpy(observation.features),
                lifted=_numpy(observation.lifted),
                reset=_numpy(observation.reset),
                update=_numpy(observation.update),
                after=_numpy(observation.after),
                change=observation.change,
                stages_ms=observation.stages_ms,
            )

        return self._kept.get("observed", (source, before, _Same(grid)), observe)

    def _source(self, source: SourceView, strength: Array | None, found: _Found) -> None:
        inset = BORDER / self.scene.config.image_size
        places = RayPlaces(self.scene, source.camera, strength, None, inset)
        picture = without_border(self._picture(source))
        found.pictures[Stage.SOURCE] = (StagePicture(_opaque(picture), True, places), None)

    def _view(self, question: StageQuestion, found: _Found) -> None:
        """From the inpainted grid to the picture."""
        rendered, milliseconds = self._rendered(question.interventions)
        look = self._inpainted_look()
        found.tensors[Stage.INPAINTED] = self._features(
            Stage.INPAINTED, rendered, look, milliseconds
        )
        frame = question.frame
        if frame is None:
            for stage in (Stage.FRUSTUM, Stage.VISIBILITY, Stage.COLLAPSED, Stage.PICTURE):
                found.notes[stage] = NO_FRAME
            return
        found.tensors[Stage.FRUSTUM] = self._frustum(frame, rendered, look)
        places = RayPlaces(self.scene, frame.camera, look.strength(rendered), frame.visibility)
        if not self.scene.config.knows_depth:
            found.notes[Stage.VISIBILITY] = DEPTH_COLLAPSE
        elif frame.visibility is None:
            found.notes[Stage.VISIBILITY] = NO_FRAME
        else:
            weights = frame.visibility
            shown = self._kept.get("weights", frame, lambda: shown_weights(weights))
            found.tensors[Stage.VISIBILITY] = _Tensor(
                lambda channel: shown, milliseconds=_time(frame, Stage.VISIBILITY)
            )
        if frame.collapsed is None:
            found.notes[Stage.COLLAPSED] = NO_FRAME
        else:
            maps = frame.collapsed
            found.tensors[Stage.COLLAPSED] = self._features(
                Stage.COLLAPSED,
                maps,
                self._map_look("collapsed", maps),
                _time(frame, Stage.COLLAPSED),
                places,
            )
        inset = BORDER / self.scene.config.image_size
        pixels = _opaque(without_border(frame.picture))
        places = RayPlaces(self.scene, frame.camera, places.strength, frame.visibility, inset)
        picture = StagePicture(pixels, True, places)
        found.pictures[Stage.PICTURE] = (picture, _time(frame, Stage.PICTURE))

    def _frustum(self, frame: Frame, rendered: Array, look: FeatureLook) -> _Tensor:
        """The samples inside the grid; those outside have no features."""

        def locate() -> tuple[NDArray[np.int64], Array]:
            samples = self._sampler().locate(torch.from_numpy(frame.camera.camera_to_world.copy()))
            rows = self._kept.get(
                "rows", _Same(rendered), lambda: grid_to_rows(torch.from_numpy(rendered))
            )
            place = samples.planes * (P * P) + samples.rays
            return place.numpy(), sum_rows(rows, samples).numpy()

        def show(channel: int) -> ShownTensor:
            place, features = self._kept.get("frustum", (frame, _Same(rendered)), locate)
            inside = shown_features(features.T, look, channel, Stage.FRUSTUM.title)
            size = (self.scene.frustum.plane_count, P, P)

            def spread(values: Array) -> Array:
                whole = np.zeros((*values.shape[:-1], size[0] * P * P), dtype=np.float32)
                whole[..., place] = values
                return whole.reshape(*values.shape[:-1], *size)

            return ShownTensor(
                None if inside.rgb is None else spread(inside.rgb),
                None if inside.values is None else spread(inside.values),
                spread(inside.strength),
                inside.legend,
            )

        return _Tensor(show, milliseconds=_time(frame, Stage.FRUSTUM))

    def _features(
        self,
        stage: Stage,
        features: Array,
        look: FeatureLook,
        milliseconds: float | None = None,
        places: RayPlaces | None = None,
    ) -> _Tensor:
        def show(channel: int) -> ShownTensor:
            return self._kept.get(
                f"shown {stage.value} {channel >= 0}",
                (_Same(features), channel),
                lambda: shown_features(features, look, channel, stage.title),
            )

        return _Tensor(show, places, milliseconds)

    # Tiles

    def _tile(self, stage: Stage, question: StageQuestion, found: _Found) -> StageAnswer:
        shape = self._shape(stage)
        if stage in found.pictures:
            return StageAnswer(shape, *found.pictures[stage])
        tensor = found.tensors.get(stage)
        if tensor is None:
            return StageAnswer(shape, None, note=found.notes.get(stage, ""))
        picture = self._draw(stage, tensor, usual_look(stage), question, question.side)
        return StageAnswer(shape, picture, tensor.milliseconds)

    def _enlarged(self, question: StageQuestion, found: _Found) -> StagePicture | None:
        if question.enlarged is None:
            return None
        stage, look, side = question.enlarged
        if stage in found.pictures:
            return found.pictures[stage][0]
        tensor = found.tensors.get(stage)
        return None if tensor is None else self._draw(stage, tensor, look, question, side)

    def _draw(
        self, stage: Stage, tensor: _Tensor, look: StageLook, question: StageQuestion, side: int
    ) -> StagePicture:
        shown = tensor.show(look.channel)
        if stage.kind is Kind.MAP:
            return map_picture(shown.colored(look), tensor.places)
        camera = question.camera
        if stage.kind.is_of_frustum:
            assert question.frame is not None
            camera = question.frame.camera
        return volume_picture(stage, shown, look, self.scene, camera, side)

    def _shape(self, stage: Stage) -> tuple[int, ...]:
        config = self.scene.voxel_config
        grid, planes = config.grid_size, config.plane_count
        shapes = {
            Kind.PICTURE: (3, config.image_size, config.image_size),
            Kind.MAP: (config.features, P, P),
            Kind.GRID: (config.features, grid, grid, grid),
            Kind.GATE: (grid, grid, grid),
            Kind.FRUSTUM: (config.features, planes, P, P),
            Kind.WEIGHTS: (planes, P, P),
        }
        return shapes[stage.kind]

    def _of_another_system(self, question: StageQuestion) -> PipelineAnswer:
        """A baseline has the picture only."""
        line = (
            f"{SYSTEM_TITLES[self.scene.config.kind]} has no such stage: it paints without voxels"
        )
        stages = {stage: StageAnswer((), None, note=line) for stage in Stage}
        frame, side = question.frame, self.scene.config.image_size
        if frame is not None:
            picture = StagePicture(_opaque(without_border(frame.picture)), True, None)
            stages[Stage.PICTURE] = StageAnswer((3, side, side), picture, frame.total_ms)
        return PipelineAnswer(question, stages, None, None)

    # What is kept

    def _before(self, question: StageQuestion) -> Array | None:
        if question.before is not None:
            grid = question.before
            return self._kept.get("before", grid, lambda: grid.float_features)
        if question.interventions.grid is not None:
            grid = question.interventions.grid
            return self._kept.get("before", grid, lambda: grid.float_features)
        if not has_raw_grid(self.scene):
            return None
        return self._kept.get("before", 0, lambda: load_parts(self.scene, "grid").grid.numpy())

    def _rendered(self, interventions: Interventions) -> tuple[Array, float | None]:
        """The grid that is rendered, and what inpainting took if that was done for it."""

        def load() -> tuple[Array, float | None]:
            stored = INPAINTED_GRID in self.scene.weights.shapes()
            if interventions.edits or (stored and interventions.grid is None):
                return load_edited_grid(self.scene, interventions), None
            if interventions.grid is not None:
                raw = torch.from_numpy(interventions.grid.float_features)
            else:
                raw = load_parts(self.scene, "grid").grid
            model = self._kept.get("inpainting", 0, lambda: load_parts(self.scene, "inpainting."))
            watch = Stopwatch(CPU)
            grid = model.inpaint(raw)
            watch.lap("inpainting")
            return _numpy(grid), watch.stages_ms["inpainting"]

        return self._kept.get("rendered", interventions.grid_key, load)

    def _grid_look(self) -> FeatureLook:
        """Fitted to the trained grid and kept, so that a colour means the same in every state."""

        def fit() -> FeatureLook:
            if has_raw_grid(self.scene):
                return fit_look(load_parts(self.scene, "grid").grid.numpy())
            return self._inpainted_look()

        return self._kept.get("grid look", 0, fit)

    def _inpainted_look(self) -> FeatureLook:
        return self._kept.get(
            "inpainted look", 0, lambda: fit_look(load_inpainted_grid(self.scene).numpy())
        )

    def _map_look(self, name: str, maps: Array) -> FeatureLook:
        """Fitted to the first ones and kept, so that colours do not change from view to view."""
        return self._kept.get(f"{name} look", 0, lambda: fit_look(maps))

    def _picture(self, source: SourceView) -> NDArray[np.uint8]:
        side = self.scene.config.image_size
        return self._kept.get("picture", source, lambda: load_picture(source.picture_path, side))

    def _observer(self) -> Observer:
        return self._kept.get("observer", 0, lambda: load_observer(self.scene))

    def _sampler(self) -> RowSampler:
        scene = self.scene
        side = scene.voxel_config.grid_size
        return self._kept.get(
            "sampler", 0, lambda: RowSampler(scene.frustum, scene.placement, side, CPU)
        )


class _Same:
    """A key that is equal to that of the same object alone, which it keeps alive."""

    def __init__(self, kept: object) -> None:
        self._kept = kept

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other._kept is self._kept

    def __hash__(self) -> int:
        return id(self._kept)


def _gate(stage: Stage, gate: Array, seen: NDArray[np.bool_], milliseconds: float) -> _Tensor:
    shown = shown_gate(gate, seen.astype(np.float32), stage.title)
    return _Tensor(lambda channel: shown, milliseconds=milliseconds)


def _time(frame: Frame, stage: Stage) -> float | None:
    return frame.stages_ms.get(STAGE_TIMES[stage])


def _numpy(tensor: torch.Tensor) -> Array:
    return np.ascontiguousarray(tensor.float().cpu().numpy())


def _opaque(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, dtype=np.uint8)])
