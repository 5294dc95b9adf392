"""Trains the learned baselines: pairs of a nearby picture and a target, L1 and its kin.

After section 4 of the DeepVoxels paper: the same loss for all systems, and the source is one of
the nearest views of its target.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dvox_core.data.capture import Capture
from dvox_core.data.view_sampling import PairSampling
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.view_directions import direction_map
from dvox_core.model.picture_config import PictureModelConfig
from dvox_core.model.picture_networks import (
    CODE_POSES,
    CODES,
    PictureNetwork,
    create_network,
    encode_pictures,
    has_codes,
)
from dvox_core.networks.pix2pix import Pix2PixNetwork
from dvox_core.networks.pix2pix_discriminator import Pix2PixDiscriminator
from dvox_core.networks.tatarchenko import TatarchenkoNetwork, pose_numbers
from dvox_core.networks.worrall import relative_rotations
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.acceleration import lay_out_pictures
from dvox_core.training.steps.losses import cut_border, gradient_losses, l1_losses
from dvox_core.training.trainers.base_trainer import BaseTrainer, StepLosses

ISOLA_BETAS = (0.5, 0.999)


class PictureTrainer(BaseTrainer):
    """Trains one of the systems that paint a picture without a voxel grid.

    Batch norm keeps one statistic over all pictures of a step: one per picture would take away the
    mean direction, which is the camera.
    """

    model: PictureNetwork
    config: PictureModelConfig

    def __init__(
        self,
        capture: Capture,
        model: PictureModelConfig,
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        super().__init__(capture, model, training, device)
        self.sampling = PairSampling(
            self.views,
            targets=training.targets_per_step,
            source_candidates=training.source_candidates,
            seed=training.seed,
        )
        self._poses = torch.stack(self.views.poses).float().to(device)
        self._center = torch.tensor(capture.placement.center, device=device)
        rays = direction_map(Camera(np.eye(4)), capture.intrinsics, model.image_size)
        self._rays = torch.from_numpy(rays).to(device)  # [3, S, S], in the camera's axes

    def create_model(self) -> PictureNetwork:
        """The system's network, told how far the cameras stand."""
        network = create_network(self.config)
        if isinstance(network, TatarchenkoNetwork):
            center = torch.tensor(self.capture.placement.center, dtype=torch.float64)
            places = torch.stack(self.views.poses)[:, :3, 3]
            distance = (places - center).norm(dim=1).mean()
            network.pose_scale.fill_(max(float(distance), 1e-6))
        return network

    def create_discriminator(self) -> nn.Module:
        """That of all systems, or the one of Pix2Pix's authors."""
        return Pix2PixDiscriminator() if self._is_isola else super().create_discriminator()

    @property
    def adam_betas(self) -> tuple[float, float]:
        """Those of all systems, or of Pix2Pix's authors."""
        return ISOLA_BETAS if self._is_isola else super().adam_betas

    def accelerate_model(self) -> None:
        """Channels-last convolutions, and no other norm."""
        lay_out_pictures(self.model)

    def parameter_groups(self) -> list[dict[str, Any]]:
        """All of the network's."""
        return self.decayed_groups([self.model])

    def scene_tensors(self) -> dict[str, Tensor]:
        """The whole network."""
        return self.model.state_dict()

    def derived_tensors(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Codes of all training views, and their cameras, where the system shows codes."""
        if not has_codes(self.config):
            return {}
        codes = encode_pictures(self.config, tensors, self.views.pictures, self.device)
        return {CODES: codes, CODE_POSES: self._poses.cpu().clone()}

    def paint(self, targets: tuple[int, ...], sources: tuple[int, ...]) -> Tensor:
        """Pictures [B, 3, S, S] in −½…½ of the target views, each from its source view."""
        poses = self._poses[list(targets)]
        with self.autocast():
            if isinstance(self.model, Pix2PixNetwork):
                painted: Tensor = self.model(self._directions(targets))
            else:
                source_poses = self._poses[list(sources)]
                codes = self.model.encoder(self.views.picture_batch(sources, self.device))
                if isinstance(self.model, TatarchenkoNetwork):
                    scale = self.model.pose_scale
                    told = pose_numbers(poses, source_poses, self._center, scale)
                else:
                    told = relative_rotations(poses, source_poses)
                painted = self.model.decode(codes, told)
        return painted.float()

    def compute_losses(self, step: int) -> StepLosses:
        """Paint the step's targets, compare, and go back to the network."""
        training, pairs = self.training, self.sampling.draw(step)
        numbers, sources = self.own_share(pairs.targets), self.own_share(pairs.sources)
        targets = self.views.picture_batch(numbers, self.device)
        fakes, reals = cut_border(self.paint(numbers, sources)), cut_border(targets)
        l1 = l1_losses(fakes, reals).mean()
        loss = l1 * training.l1_weight if self.discriminator is not None else l1
        if training.gradient_weight:
            loss = loss + training.gradient_weight * gradient_losses(fakes, reals).mean()
        if self._is_isola:
            directions = cut_border(self._directions(numbers))
            fakes, reals = (torch.cat([directions, shown], dim=1) for shown in (fakes, reals))
        return self.descend(loss, l1, fakes, reals)

    @property
    def _is_isola(self) -> bool:
        return self.training.recipe == "isola"

    def _directions(self, targets: tuple[int, ...]) -> Tensor:
        """[B, 3, S, S]: of each pixel's ray, in the world."""
        rotations = self._poses[list(targets), :3, :3]
        return torch.einsum("bij,jvu->bivu", rotations, self._rays)
