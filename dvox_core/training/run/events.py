"""What happens in a training run: past facts, told to listeners and written to the log."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from dvox_core.training.run.json_types import wrong_field


@dataclass(frozen=True)
class Event:
    """Something that has happened.

    Attributes:
        step: training steps done by then.
    """

    name: ClassVar[str] = ""

    step: int

    def to_json(self) -> dict[str, Any]:
        """The event as plain JSON values; `event` says which it is."""
        return {"event": self.name, **asdict(self)}


@dataclass(frozen=True)
class Started(Event):
    """The run began, or went on from a snapshot; later steps of the log before it do not count.

    Attributes:
        resumed: it went on from a snapshot.
        device: "cpu", "cuda", …
    """

    name: ClassVar[str] = "started"

    resumed: bool
    device: str


@dataclass(frozen=True)
class StepDone(Event):
    """A training step's measurements, as they are, not smoothed.

    Attributes:
        generator_loss, l1_loss, adversarial_loss, discriminator_loss: as in `StepMetrics`.
        learning_rate: of the networks in this step.
        step_ms: time of this step.
        steps_per_second: over the last steps.
        elapsed_seconds: training time since the run began, pauses left out.
        stage: what was trained, for people; "" where the recipe has one stage only.
    """

    name: ClassVar[str] = "step"

    generator_loss: float
    l1_loss: float
    adversarial_loss: float | None
    discriminator_loss: float | None
    learning_rate: float
    step_ms: float
    steps_per_second: float
    elapsed_seconds: float
    stage: str = ""

    @property
    def losses(self) -> dict[str, float]:
        """The losses that there are, by name."""
        losses = {
            "generator": self.generator_loss,
            "l1": self.l1_loss,
            "adversarial": self.adversarial_loss,
            "discriminator": self.discriminator_loss,
        }
        return {name: loss for name, loss in losses.items() if loss is not None}


@dataclass(frozen=True)
class Validated(Event):
    """The validation views were rendered and scored (border left out).

    Attributes:
        psnr, ssim: means over the views.
        views: each view's {"name", "psnr", "ssim"}.
        preview: picture of the first view, truth left and rendered right; a path in the run.
        volumes: file of the volumes at this step, or ""; a path in the run.
        volume_statistics: of each volume its "mean", "median", "high" and "max".
        stage: as in `StepDone`.
        is_of_scene: the scene was rendered; False for what a stage before it is watched by.
        nearest_psnr: of the nearest training pictures in the scene's place; None where not known.
    """

    name: ClassVar[str] = "validated"

    psnr: float
    ssim: float
    views: tuple[Mapping[str, Any], ...] = ()
    preview: str = ""
    volumes: str = ""
    volume_statistics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    stage: str = ""
    is_of_scene: bool = True
    nearest_psnr: float | None = None


@dataclass(frozen=True)
class StageBegan(Event):
    """From this step on something else is trained; `stage` says what, for people."""

    name: ClassVar[str] = "stage"

    stage: str


@dataclass(frozen=True)
class SnapshotSaved(Event):
    """Everything needed to go on from here was written; `path` lies in the run."""

    name: ClassVar[str] = "snapshot"

    path: str


@dataclass(frozen=True)
class SceneWritten(Event):
    """scene.dvox was written anew: this step's scene, or at the end the one that scored best."""

    name: ClassVar[str] = "scene"

    path: str


@dataclass(frozen=True)
class RolledBack(Event):
    """The run went back to step `step`, its last good snapshot.

    Attributes:
        from_step: where it was; the log's steps after `step` no longer count.
        learning_rate_factor: what the learning rates are multiplied with from now on.
        reason: why, for people.
    """

    name: ClassVar[str] = "rolled_back"

    from_step: int
    learning_rate_factor: float
    reason: str


@dataclass(frozen=True)
class LearningRateScaled(Event):
    """Somebody changed the learning rate; `factor` is against the configuration's."""

    name: ClassVar[str] = "learning_rate"

    factor: float


@dataclass(frozen=True)
class Paused(Event):
    """The run waits."""

    name: ClassVar[str] = "paused"


@dataclass(frozen=True)
class Continued(Event):
    """The run goes on after a pause."""

    name: ClassVar[str] = "continued"


@dataclass(frozen=True)
class Stopped(Event):
    """The run was stopped and saved; it can be resumed."""

    name: ClassVar[str] = "stopped"

    reason: str


@dataclass(frozen=True)
class Finished(Event):
    """The run reached its end: "steps", "minutes" or "no progress"."""

    name: ClassVar[str] = "finished"

    reason: str


@dataclass(frozen=True)
class Failed(Event):
    """The run ended by a fault; `message` is one line for people."""

    name: ClassVar[str] = "failed"

    message: str


@dataclass(frozen=True)
class Noted(Event):
    """Something that people should know."""

    name: ClassVar[str] = "note"

    message: str


@dataclass(frozen=True)
class UnknownEvent(Event):
    """An event of a newer version; kept so that a log can always be read."""

    name: ClassVar[str] = "unknown"

    content: Mapping[str, Any] = field(default_factory=dict)


KINDS: Mapping[str, type[Event]] = {
    kind.name: kind
    for kind in (
        Started,
        StepDone,
        Validated,
        StageBegan,
        SnapshotSaved,
        SceneWritten,
        RolledBack,
        LearningRateScaled,
        Paused,
        Continued,
        Stopped,
        Finished,
        Failed,
        Noted,
    )
}


def event_from_json(content: Mapping[str, Any]) -> Event:
    """The event that `to_json` wrote; what is not understood becomes an `UnknownEvent`."""
    values = {name: value for name, value in content.items() if name not in ("event", "time")}
    kind = KINDS.get(str(content.get("event")))
    if kind is not None:
        try:
            event = kind(**values)
        except TypeError:
            pass
        else:
            if not wrong_field(event):
                return event
    unknown = UnknownEvent(content.get("step", 0), dict(content))
    return UnknownEvent(0, unknown.content) if wrong_field(unknown) else unknown
