"""When the guided recipe goes from one stage to the next."""

from dataclasses import replace

from dvox_core.radiance_field.config import DEFAULT_STAGES, FieldConfig
from dvox_core.training.config import TrainingConfig

FIELD = "radiance field"
OCCLUSION = "occlusion network"
NETWORKS = "rendering network"
JOINT = "whole model"
STAGES = (FIELD, OCCLUSION, NETWORKS, JOINT)
"""In their order, by the names that people read."""

LATEST_ENDS = {FIELD: 0.35, OCCLUSION: 0.55}
"""A stage is cut short when so much of the whole training is over."""


def latest_end(stage: str, training: TrainingConfig) -> float:
    """The share of the whole training at which a stage ends at the latest."""
    return 1 - training.joint_share if stage == NETWORKS else LATEST_ENDS.get(stage, 1.0)


def field_config(training: TrainingConfig) -> FieldConfig:
    """Resolutions up to `field_side`, sharing `field_steps` as the default ones share theirs."""
    stages = [stage for stage in DEFAULT_STAGES if stage.side <= training.field_side]
    while stages and stages[-1].side < training.field_side:
        stages.append(replace(stages[-1], side=min(2 * stages[-1].side, training.field_side)))
    if not stages:
        stages = [replace(DEFAULT_STAGES[0], side=training.field_side)]
    total = sum(stage.steps for stage in stages)
    return FieldConfig(
        stages=tuple(
            replace(stage, steps=max(1, round(training.field_steps * stage.steps / total)))
            for stage in stages
        )
    )


def next_stage(stage: str) -> str:
    """The one after a stage that is not the last."""
    return STAGES[STAGES.index(stage) + 1]
