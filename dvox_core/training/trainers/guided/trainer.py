"""The guided recipe's trainer: a radiance field, the occlusion network, the rendering network."""

import time
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.allocator import keep_freed_memory
from dvox_core.data.capture import Capture
from dvox_core.data.view_sampling import ViewSampling, load_training_views
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.frustum import frustum_for
from dvox_core.geometry.resampling import RowSampler
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.scene import Scene
from dvox_core.radiance_field.field import RadianceField
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.acceleration import accelerate, require_precision, scale_dropout
from dvox_core.training.steps.outer_levels import silence_inner_levels
from dvox_core.training.trainers.base_trainer import copied, copies, require_own_snapshot
from dvox_core.training.trainers.direct import PARTS, set_to_identity
from dvox_core.training.trainers.guided.averages import APPEARANCE, OPACITY, averaged_tensors
from dvox_core.training.trainers.guided.cached_visibility import VisibilityCache
from dvox_core.training.trainers.guided.far_side import with_far_side
from dvox_core.training.trainers.guided.field_fitting import (
    FieldFitting,
    field_views,
    fill_padding,
    lens_note,
)
from dvox_core.training.trainers.guided.field_previewer import FieldPreviewer
from dvox_core.training.trainers.guided.grid_from_field import (
    GridStart,
    grid_from_field,
    require_features,
)
from dvox_core.training.trainers.guided.joint_training import JointTraining
from dvox_core.training.trainers.guided.kept_field import field_from_state, field_to_state
from dvox_core.training.trainers.guided.network_training import NetworkTraining, Outcome
from dvox_core.training.trainers.guided.occlusion_teaching import OcclusionTeaching, lessons_for
from dvox_core.training.trainers.guided.schedule import (
    FIELD,
    JOINT,
    NETWORKS,
    OCCLUSION,
    latest_end,
    next_stage,
)
from dvox_core.training.trainers.guided.shipped_occlusion import begins_shipped, load_shipped
from dvox_core.training.trainers.guided.training_targets import TrainingTargets
from dvox_core.training.trainers.moving_average import MovingAverage
from dvox_core.training.trainers.scene_in_training import scene_in_training
from dvox_core.training.trainers.trainer import Previewer, StepMetrics
from dvox_core.training.volume_names import GRID_NORM
from dvox_core.training.volumes import grid_norm

START_VIEWS = 8
"""Views whose colours the rendering network starts from."""


class GuidedTrainer:
    """Trains the stages one after the other; see `schedule`.

    Random numbers of a step depend on the seed and the step alone, so that none need saving.

    Attributes:
        stage: the one that the next step belongs to.
    """

    def __init__(
        self,
        capture: Capture,
        model: ModelConfig,
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        require_precision(training.precision, device)
        if not model.occlusion:
            raise UserError(
                "the guided recipe teaches the occlusion network, and this model has none; "
                "leave out --no-occlusion or take --recipe direct"
            )
        require_features(model.features)
        keep_freed_memory()
        torch.manual_seed(training.seed)
        self.capture, self.config, self.training, self.device = capture, model, training, device
        self.views = load_training_views(capture, model.image_size)
        self.sampling = ViewSampling(
            self.views,
            targets=training.targets_per_step,
            nearest_targets=training.sampling == "nearest",
            source_candidates=training.source_candidates,
            seed=training.seed,
        )
        self.model = DeepVoxels(model).train().to(device)
        set_to_identity(self.model.inpainting)
        scale_dropout(self.model, training.dropout)
        accelerate(self.model, device)
        silence_inner_levels(self.model.rendering, training.trained_levels)
        self._set_intrinsics(capture.intrinsics)
        self.step_number, self.stage = 0, FIELD
        self._rate_scale = 1.0
        self._stage_begun = (0, 0.0)  # step and share of the whole training
        self._fitting: FieldFitting | None = self._new_fitting()
        self._field: RadianceField | None = None
        self._field_renderer: FieldRenderer | None = None
        self._start: GridStart | None = None
        self._teaching: OcclusionTeaching | None = None
        self._networks: NetworkTraining | JointTraining | None = None
        self._average: MovingAverage | None = None
        self._cache: VisibilityCache | None = None
        self._targets: TrainingTargets | None = None

    # -- steps ---------------------------------------------------------------------------------

    def step(self, progress: float) -> StepMetrics:
        """Train one step; see `Trainer`."""
        start = time.perf_counter()
        torch.manual_seed(self.training.seed * 1_000_003 + self.step_number)
        self._leave_finished_stages(progress)
        stage = self.stage
        notes: tuple[str, ...] = ()
        if self._fitting is not None and self.step_number == 0:
            notes = self._look_at_capture(self._fitting)
        loss, l1, rate = self._step_of_stage(progress)
        self.step_number += 1
        return StepMetrics(
            step=self.step_number,
            generator_loss=loss,
            l1_loss=l1,
            adversarial_loss=None,
            discriminator_loss=None,
            learning_rate=rate,
            step_ms=(time.perf_counter() - start) * 1000,
            stage=stage,
            notes=notes,
        )

    def _step_of_stage(self, progress: float) -> Outcome:
        if self.stage == FIELD:
            assert self._fitting is not None
            return self._fitting.step()
        if self.stage == OCCLUSION:
            assert self._teaching is not None
            loss = self._teaching.step(self._rate_scale)
            return Outcome(loss, 0.0, self._teaching.rate)
        return self._network_step(progress)

    def _network_step(self, progress: float) -> Outcome:
        assert self._networks is not None
        assert self._average is not None
        assert self._targets is not None
        begun_step, begun_share = self._stage_begun
        number = self.step_number - begun_step
        views, targets, weights = self._targets.draw(number)
        end = latest_end(self.stage, self.training)
        share = (progress - begun_share) / max(end - begun_share, 1e-6)
        if isinstance(self._networks, JointTraining):
            outcome = self._networks.step(
                views, targets, weights, number=number, share=share, rate_scale=self._rate_scale
            )
        else:
            assert self._cache is not None
            seen = [self._cache.view(view.key, view.camera_to_world) for view in views]
            outcome = self._networks.step(
                seen, targets, weights, number=number, share=share, rate_scale=self._rate_scale
            )
        self._average.update(self._networks.trained_tensors(), number + 1)
        return outcome

    # -- the capture ---------------------------------------------------------------------------

    def _look_at_capture(self, fitting: FieldFitting) -> tuple[str, ...]:
        """Put the camera right where the pictures tell that it is not; what there is to say."""
        stated = self.capture.intrinsics
        point = fitting.better_principal_point(stated)
        if point is None:
            return fitting.notes()
        if self.training.correct_lens:
            self._set_intrinsics(replace(stated, principal_x=point[0], principal_y=point[1]))
            fitting.close()
            self._fitting = self._new_fitting()
        return (*fitting.notes(), lens_note(stated, point, self.training.correct_lens))

    def _set_intrinsics(self, intrinsics: Intrinsics) -> None:
        """Of the capture's pictures; with all that depends on them."""
        self.capture = capture = replace(self.capture, intrinsics=intrinsics)
        side = self.config.grid_size
        self.frustum = frustum_for(intrinsics, capture.near_plane, capture.placement, side)
        self.sampler = RowSampler(self.frustum, capture.placement, side, self.device)
        self._pictures = field_views(capture, self.views, self.config.image_size)

    # -- stages --------------------------------------------------------------------------------

    def _leave_finished_stages(self, progress: float) -> None:
        last = JOINT if self.training.joint_share else NETWORKS
        while self.stage != last and self._is_finished(progress):
            self._begin(next_stage(self.stage), progress)

    def _is_finished(self, progress: float) -> bool:
        if (
            progress >= latest_end(self.stage, self.training)
            and self.step_number > self._stage_begun[0]
        ):
            return True
        if self.stage == FIELD:
            return self._fitting is not None and self._fitting.is_done
        return self.stage == OCCLUSION and self._teaching is not None and self._teaching.is_done

    def _begin(self, stage: str, progress: float) -> None:
        self.stage, self._stage_begun = stage, (self.step_number, progress)
        if stage == OCCLUSION:
            assert self._fitting is not None
            self._set_field(field_to_state(self._fitting.field))
            self._fitting.close()
            self._fitting = None
            if self._begins_shipped:
                assert self.model.occlusion is not None
                load_shipped(self.model.occlusion)
            self._teaching = self._new_teaching()
        elif stage == JOINT:
            self._begin_joint()
        else:
            self._teaching = None
            self._networks = self._new_networks()
            assert self._cache is not None
            count = len(self.views.poses)
            chosen = sorted({index * count // START_VIEWS for index in range(START_VIEWS)})
            seen = [self._cache.view(view, self.views.poses[view]) for view in chosen]
            assert self._field is not None
            background = torch.tensor(self._field.background.color)
            self._networks.start_from_colors(seen, background)
            self._average = self._new_average()

    def _begin_joint(self) -> None:
        """Go on from the moving average, which is what was shown."""
        assert self._average is not None
        tensors = dict(self._average.tensors)
        appearance = tensors.pop(APPEARANCE)
        self.model.load_state_dict(tensors, strict=False)
        self._networks = self._new_joint(appearance)
        self._cache = None
        self._average = self._new_average()

    def _set_field(self, state: dict[str, Any]) -> None:
        field = self._field = field_from_state(state, self.capture.placement)
        self._field_renderer = FieldRenderer(field, torch.get_num_threads())
        fill_padding(self.views, self._pictures, self._field_renderer)
        generator = torch.Generator().manual_seed(self.training.seed)
        self._start = grid_from_field(field, self.config.grid_size, self.config.features, generator)
        if self._has_world:
            self._start = with_far_side(
                self._start, self._pictures, self.capture.placement, generator
            )

    def _new_teaching(self) -> OcclusionTeaching:
        assert self.model.occlusion is not None
        assert self._start is not None
        assert self._field_renderer is not None
        return OcclusionTeaching(
            self.model.occlusion,
            self._field_renderer,
            self._start.opacities,
            self.views,
            self.sampler,
            self.frustum,
            lessons_for(self.training, shipped=self._begins_shipped),
            seed=self.training.seed,
            device=self.device,
            far_side=self._has_world,
        )

    @property
    def _has_world(self) -> bool:
        """Whether the pictures show more than the object, which the cube's walls stand for."""
        return self._field is not None and self._field.background.surroundings is not None

    @property
    def _begins_shipped(self) -> bool:
        return begins_shipped(self.training, self.config.grid_size) and not self._has_world

    def _new_targets(self) -> TrainingTargets:
        return TrainingTargets(
            self.views, self.sampling, self._field_picture, self.training, self.device
        )

    def _new_joint(self, appearance: Tensor) -> JointTraining:
        """And what it trains on."""
        assert self._start is not None
        self._targets = self._new_targets()
        return JointTraining(
            self.model,
            self._start.opacities[self._start.occupied],
            appearance,
            self._start.occupied,
            self.training,
            self.frustum,
            self.capture.placement,
            self.device,
        )

    def _new_networks(self) -> NetworkTraining:
        """And what it trains on."""
        assert self.model.occlusion is not None
        assert self._start is not None
        self.model.occlusion.eval()
        self._cache = VisibilityCache(
            self.model.occlusion,
            self.sampler,
            self._start.opacities.to(self.device),
            self._start.occupied.to(self.device),
            self.config.plane_count,
        )
        self._targets = self._new_targets()
        return NetworkTraining(
            self.model.rendering,
            self._start.appearance,
            self.training,
            self.config.plane_count,
            self.device,
        )

    def _new_fitting(self) -> FieldFitting:
        return FieldFitting(self._pictures, self.capture.placement, self.training, self.device)

    # -- moving average ------------------------------------------------------------------------

    def _new_average(self) -> MovingAverage:
        assert self._networks is not None
        return MovingAverage(self._networks.trained_tensors(), self.training.ema_decay)

    def _averaged(self) -> dict[str, Tensor]:
        """The moving average by the scene's names; copies."""
        assert self._average is not None
        assert self._start is not None
        tensors = copies(self._average.tensors)
        appearance, opacities = tensors.pop(APPEARANCE), tensors.pop(OPACITY, None)
        return tensors | {"grid": self._start.grid(appearance, opacities)}

    # -- state ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything for an exact resume; see `Trainer`."""
        tensors = copies(self.model.state_dict()) | {"grid": self._grid()}
        average = self._average
        return {
            "recipe": self.training.recipe,
            "model_config": self.config.to_json(),
            "step": self.step_number,
            "rate_scale": self._rate_scale,
            "stage": self.stage,
            "stage_begun": list(self._stage_begun),
            "intrinsics": asdict(self.capture.intrinsics),
            "model": tensors,
            "average": None if average is None else copies(average.tensors),
            "fitter": None if self._fitting is None else copied(self._fitting.state()),
            "field": None if self._field is None else field_to_state(self._field),
            "teaching": None if self._teaching is None else copied(self._teaching.state()),
            "networks": None if self._networks is None else copied(self._networks.state()),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state()`; see `Trainer`."""
        require_own_snapshot(state, self.training, self.config)
        self.model.load_state_dict(state["model"])
        self.step_number, self.stage = int(state["step"]), str(state["stage"])
        self._rate_scale = float(state["rate_scale"])
        if "intrinsics" in state:  # older snapshots have none
            self._set_intrinsics(Intrinsics(**state["intrinsics"]))
        step, share = state["stage_begun"]
        self._stage_begun = (int(step), float(share))
        if self._fitting is not None:
            self._fitting.close()
        self._fitting = self._field = self._field_renderer = self._start = None
        self._teaching = self._networks = self._average = self._cache = self._targets = None
        if state["fitter"] is not None:
            self._fitting = self._new_fitting()
            self._fitting.load_state(state["fitter"])
        if state["field"] is not None:
            self._set_field(state["field"])
        if state["teaching"] is not None:
            self._teaching = self._new_teaching()
            self._teaching.load_state(copied(state["teaching"]))
        if state["networks"] is not None:
            if self.stage == JOINT:
                self._networks = self._new_joint(state["networks"]["appearance"])
            else:
                self._networks = self._new_networks()
            self._networks.load_state(copied(state["networks"]))
            self._average = self._new_average()
            self._average.load(averaged_tensors(state))

    # -- what there is to see ------------------------------------------------------------------

    def scene(self) -> Scene:
        """What rendering needs now; see `Trainer`."""
        tensors = {
            name: tensor
            for name, tensor in copies(self.model.state_dict()).items()
            if name.startswith(PARTS)
        }
        tensors |= {"grid": self._grid()}
        if self._average is not None:
            tensors |= self._averaged()
        return scene_in_training(self.capture, self.config, tensors)

    def volumes(self) -> dict[str, Tensor]:
        """The norm of the scene's grid; see `Trainer`."""
        return {GRID_NORM: grid_norm(self._grid())}

    def previewer(self) -> Previewer | None:
        """The field until the rendering network is trained."""
        return FieldPreviewer(self._field_picture) if self._networks is None else None

    def scale_learning_rate(self, factor: float) -> None:
        """Multiply the networks' learning rates, from now on."""
        self._rate_scale *= factor

    def _field_picture(self, camera: Camera) -> NDArray[np.uint8]:
        """The radiance field's picture as it is now, [S, S, 3]."""
        renderer = self._field_renderer if self._fitting is None else self._fitting.renderer
        assert renderer is not None
        view = renderer.render(camera, self.capture.intrinsics, self.config.image_size)
        return np.asarray((view.rgb.clip(0, 1) * 255).round(), dtype=np.uint8)

    def _grid(self) -> Tensor:
        """The grid as it is now, on the CPU; that of the field while that is fitted."""
        start = self._start
        if self._networks is not None:
            assert start is not None
            trained = copies(self._networks.trained_tensors())
            return start.grid(trained[APPEARANCE], trained.get(OPACITY))
        if start is None:
            assert self._fitting is not None
            generator = torch.Generator().manual_seed(self.training.seed)
            try:
                start = grid_from_field(
                    self._fitting.field, self.config.grid_size, self.config.features, generator
                )
            except UserError:  # nothing is there yet
                side = self.config.grid_size
                return torch.zeros(self.config.features, side, side, side)
        return start.grid()
