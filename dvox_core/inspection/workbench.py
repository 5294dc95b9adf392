"""Answers questions about one scene's voxels, and keeps what was costly to find out."""

from typing import Any

import numpy as np
import torch

from dvox_core.errors import UserError
from dvox_core.inspection.features import (
    FeatureColors,
    change_by_inpainting,
    feature_norms,
    fit_colors,
    invented_voxels,
    most_similar,
    similarity_to,
)
from dvox_core.inspection.grids import Grids, load_edited_grid, load_grids
from dvox_core.inspection.kept_answers import KeptAnswers
from dvox_core.inspection.views import ViewInspector
from dvox_core.inspection.voxel_questions import (
    GridSource,
    Mask,
    SelectedVoxel,
    ShownVolume,
    Tint,
    Volume,
    VoxelAnswer,
    VoxelIndex,
    VoxelQuantity,
    VoxelQuestion,
)
from dvox_core.inspection.voxel_visibility import voxel_visibility
from dvox_core.model.scene import Scene
from dvox_core.rendering.colormaps import DIFFERENCE, FEATURES, WEIGHTS
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import Interventions
from dvox_core.rendering.pictures import Legend

TOP_PERCENT = 99.5
"""Percentile of the values that has the last colour: single voxels must not darken all others."""

SIMILAR_COUNT = 24

NO_RAW_GRID = "The file keeps no grid from before inpainting: convert it without --rendering-only"
NO_WEIGHTS_YET = "Waiting for the depth weights of this view"
NO_DEPTH_WEIGHTS = "This model has no depth weights: it cannot say what a view sees"
NO_CAPTURE = "Not computed yet: “Compute” looks through all views of the capture"
NO_VOXEL = "Select a voxel: click into a slice, or on a sample in the Ray panel"
NO_PART = "Mark a part of the picture: “Mark in the picture” below"


class VoxelWorkbench:
    """Belongs to one thread. Reads the scene's tensors when they are first needed."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._kept = KeptAnswers()

    def answer(self, question: VoxelQuestion) -> VoxelAnswer:
        """Find it out.

        Raises:
            CheckpointError: the scene's weights cannot be used.
        """
        volume, problem, tinted = None, "", None
        try:
            volume = self._volume(question)
        except UserError as error:
            problem = str(error)
        try:
            tinted = self._tinted(question)
        except UserError as error:
            problem = problem or str(error)
        return VoxelAnswer(question, volume, problem, tinted, self._selected(question))

    def rendered_grid(self, interventions: Interventions) -> Volume:
        """[F, G, G, G], under interventions."""
        key = interventions.grid_key
        if not interventions.changes_grid:
            return self._grids().inpainted
        return self._kept.get("edited", key, lambda: load_edited_grid(self.scene, interventions))

    def view_visibility(self, frame: Frame) -> Volume:
        """[G, G, G], of a frame that carries its depth weights."""
        assert frame.visibility is not None

        def carry_back() -> Volume:
            samples = self._inspector().samples(frame.camera)
            weights = torch.from_numpy(frame.visibility)
            return voxel_visibility(samples, weights, self.scene.voxel_config.grid_size)

        return self._kept.get("visibility", frame, carry_back)

    # Quantities

    def _volume(self, question: VoxelQuestion) -> ShownVolume:
        quantity, title = question.quantity, question.quantity.value
        if quantity.is_of_features:
            return self._features(question)
        if quantity is VoxelQuantity.CHANGE:
            raw, inpainted = self._raw(), self._grids().inpainted
            change = self._kept.get("change", 0, lambda: change_by_inpainting(raw, inpainted))
            return _rising(change, title, "feature norm", FEATURES)
        if quantity is VoxelQuantity.SIMILARITY:
            similarity = self._similarity(question)
            legend = Legend(title, "cosine", DIFFERENCE, -1.0, 1.0)
            return ShownVolume(similarity, None, np.maximum(similarity, 0), legend)
        if quantity is VoxelQuantity.ATTRIBUTION:
            if question.attribution is None:
                raise UserError(NO_PART)
            return _rising(question.attribution, title, "", WEIGHTS)
        if not self.scene.config.knows_depth:
            raise UserError(NO_DEPTH_WEIGHTS)
        if quantity is VoxelQuantity.VISIBILITY:
            frame = question.frame
            if frame is None or frame.visibility is None:
                raise UserError(NO_WEIGHTS_YET)
            return _rising(self.view_visibility(frame), title, "rays", WEIGHTS)
        capture = question.capture
        if capture is None:
            raise UserError(NO_CAPTURE)
        if quantity is VoxelQuantity.TOTAL_VISIBILITY:
            return _rising(capture.total, title, "rays", WEIGHTS)
        counts = capture.view_counts.astype(np.float32)
        legend = Legend(title, f"of {capture.views}", WEIGHTS, 0.0, float(capture.views))
        return ShownVolume(counts, None, counts / np.float32(capture.views), legend)

    def _features(self, question: VoxelQuestion) -> ShownVolume:
        quantity, source = question.quantity, question.source
        edits = question.interventions.grid_key
        key = (quantity, source, question.channel, edits)

        def show() -> ShownVolume:
            grid = self._grid(question)
            title = f"{quantity.value}, {source.value.lower()}"
            if quantity is VoxelQuantity.NORM:
                return _rising(feature_norms(grid), title, "norm", FEATURES)
            if quantity is VoxelQuantity.CHANNEL:
                number = min(question.channel, len(grid) - 1)
                title = f"Feature {number}, {source.value.lower()}"
                return _signed(grid[number], title)
            norms = feature_norms(grid)
            shown = _rising(norms, title, "norm", FEATURES)
            colors = self._colors(question).colors(grid)
            return ShownVolume(norms, colors, shown.strength, shown.legend)

        return self._kept.get("features", key, show)

    def _colors(self, question: VoxelQuestion) -> FeatureColors:
        """Fitted to the trained grid and kept, so that an edit changes colours only where it is."""
        if question.source is GridSource.DIFFERENCE:
            return fit_colors(self._grid(question))
        if question.source is GridSource.RAW:
            return self._kept.get("raw colors", 0, lambda: fit_colors(self._raw()))
        return self._kept.get("colors", 0, lambda: fit_colors(self._grids().inpainted))

    def _similarity(self, question: VoxelQuestion) -> Volume:
        voxel = question.voxel
        if voxel is None:
            raise UserError(NO_VOXEL)
        edits = question.interventions.grid_key
        grid = self.rendered_grid(question.interventions)
        return self._kept.get("similarity", (voxel, edits), lambda: similarity_to(grid, voxel))

    # Voxels that are told apart

    def _tinted(self, question: VoxelQuestion) -> Mask | None:
        if question.tint is Tint.NEVER_SEEN:
            if question.capture is None:
                raise UserError(NO_CAPTURE if self.scene.config.knows_depth else NO_DEPTH_WEIGHTS)
            return question.capture.never_seen
        if question.tint is Tint.INVENTED:
            raw, inpainted = self._raw(), self._grids().inpainted
            return self._kept.get("invented", 0, lambda: invented_voxels(raw, inpainted))
        if question.tint is Tint.SIMILAR:
            similarity = self._similarity(question)
            assert question.voxel is not None
            places = most_similar(similarity, question.voxel, SIMILAR_COUNT)
            mask = np.zeros(similarity.shape, dtype=np.bool_)
            mask[places[:, 2], places[:, 1], places[:, 0]] = True
            return mask
        return None

    def _selected(self, question: VoxelQuestion) -> SelectedVoxel | None:
        if question.voxel is None:
            return None
        x, y, z = question.voxel
        frame, capture, raw = question.frame, question.capture, self._grids().raw
        visibility = None
        if frame is not None and frame.visibility is not None:
            visibility = float(self.view_visibility(frame)[z, y, x])
        similarity = self._similarity(question)
        similar = most_similar(similarity, question.voxel, SIMILAR_COUNT)
        return SelectedVoxel(
            place=question.voxel,
            world=self._world(question.voxel),
            rendered=self.rendered_grid(question.interventions)[:, z, y, x].copy(),
            raw=None if raw is None else raw[:, z, y, x].copy(),
            visibility=visibility,
            view_count=None if capture is None else int(capture.view_counts[z, y, x]),
            similar=similar,
            similarities=similarity[similar[:, 2], similar[:, 1], similar[:, 0]],
        )

    def _world(self, voxel: VoxelIndex) -> np.ndarray[Any, np.dtype[np.float64]]:
        to_world = self.scene.placement.grid_to_world(self.scene.voxel_config.grid_size)
        return np.asarray(to_world[:3, :3] @ voxel + to_world[:3, 3])

    # What is kept

    def _grids(self) -> Grids:
        return self._kept.get("grids", 0, lambda: load_grids(self.scene))

    def _raw(self) -> Volume:
        raw = self._grids().raw
        if raw is None:
            raise UserError(NO_RAW_GRID)
        return raw

    def _grid(self, question: VoxelQuestion) -> Volume:
        if question.source is GridSource.RAW:
            return self._raw()
        rendered = self.rendered_grid(question.interventions)
        if question.source is GridSource.DIFFERENCE:
            return np.asarray(rendered - self._raw())
        return rendered

    def _inspector(self) -> ViewInspector:
        return self._kept.get("inspector", 0, lambda: ViewInspector(self.scene))


def _rising(values: Volume, title: str, unit: str, color_map: str) -> ShownVolume:
    """Values from 0 upwards."""
    high = _high(values)
    return ShownVolume(
        values, None, _shares(values, high), Legend(title, unit, color_map, 0.0, high)
    )


def _signed(values: Volume, title: str) -> ShownVolume:
    """Values on both sides of 0, or from 0 upwards where there is no other side."""
    if not (values < 0).any():
        return _rising(values, title, "", FEATURES)
    sizes = np.abs(values)
    high = _high(sizes)
    return ShownVolume(
        values, None, _shares(sizes, high), Legend(title, "", DIFFERENCE, -high, high)
    )


def _high(values: Volume) -> float:
    """What few of the finite values exceed, 1 where there are none above 0."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 1.0
    return float(np.percentile(known, TOP_PERCENT)) or float(known.max()) or 1.0


def _shares(values: Volume, high: float) -> Volume:
    """0…1 for values of 0 to `high`; 0 where there is none."""
    return np.asarray(np.nan_to_num(np.clip(values / high, 0, 1), nan=0.0), dtype=np.float32)
