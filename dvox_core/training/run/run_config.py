"""What a run trains, on what, and how long: the content of config.json."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dvox_core.errors import UserError
from dvox_core.model.kinds import AnyConfig, config_from_json
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run.json_types import require_types
from dvox_core.training.run.run_directory import RunError
from dvox_core.training.run.snapshots import KEPT

if TYPE_CHECKING:  # torch, which a window has not loaded when it starts
    from dvox_core.rendering.create import Device

FORMAT = 1


@dataclass(frozen=True)
class RunOptions:
    """How long a run goes and how often it saves; may change when it is resumed.

    Attributes:
        steps, minutes: of the whole run, resumed parts included; None for no such end.
        patience: validations without progress after which to stop; 0 for no such end.
        snapshot_minutes, validation_minutes: how often; each takes a tenth of the time at most.
        validation_views: at most so many are rendered; see `hold_out_validation_views`.
        kept_snapshots: the newest ones; at least 2.
        device: where to compute.
        log_seconds: steps are logged at most so often.
    """

    steps: int | None = None
    minutes: float | None = None
    patience: int = 0
    snapshot_minutes: float = 3.0
    validation_minutes: float = 2.0
    validation_views: int = 4
    kept_snapshots: int = KEPT
    device: "Device" = "auto"
    log_seconds: float = 0.2

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise UserError(f"--steps {self.steps}: write a number of 1 or more")
        if self.minutes is not None and not self.minutes > 0:
            raise UserError(f"--minutes {self.minutes}: write a number above 0")
        if self.patience < 0:
            raise UserError(f"--patience {self.patience}: write 0 (never) or more")
        if not (self.snapshot_minutes >= 0 and self.validation_minutes >= 0):
            raise UserError("minutes between snapshots or validations: write 0 or more")


@dataclass(frozen=True)
class RunConfig:
    """The whole of a run's configuration.

    Attributes:
        capture: the capture's folder.
        sampling_pattern: which training views are used; see `select_training_views`.
        preset: the name its sizes came from; for people.
        version: of the program that began the run.
    """

    capture: Path
    model: AnyConfig
    training: TrainingConfig
    options: RunOptions = field(default_factory=RunOptions)
    sampling_pattern: str = "all"
    preset: str = ""
    version: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "format": FORMAT,
            "version": self.version,
            "capture": str(self.capture),
            "preset": self.preset,
            "sampling_pattern": self.sampling_pattern,
            "model": self.model.to_json(),
            "training": self.training.to_json(),
            "run": asdict(self.options),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any], origin: Path) -> "RunConfig":
        """What `to_json` wrote; `origin` is named in errors.

        Raises:
            RunError: of a newer version, or broken.
        """
        try:
            if int(content["format"]) > FORMAT:
                raise RunError(
                    f"{origin}: was begun by a newer version of this program; update the program"
                )
            found = cls(
                capture=Path(content["capture"]),
                model=config_from_json(content["model"]),
                training=TrainingConfig.from_json(content["training"]),
                options=RunOptions(**content["run"]),
                sampling_pattern=content["sampling_pattern"],
                preset=content["preset"],
                version=content["version"],
            )
            if "\0" in content["capture"]:
                raise ValueError("its capture is no path")
            for part in (found, found.training, found.options):
                require_types(part)
        except RunError:
            raise
        except UserError as error:
            raise RunError(f"{origin}: {error}") from error
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise RunError(
                f"{origin}: is broken ({type(error).__name__}: {error}); start a new run"
            ) from error
        return found


def changed_fields(before: object, after: object) -> list[str]:
    """Names of the fields in which two instances of one dataclass differ."""
    names = [item.name for item in fields(before)]  # type: ignore[arg-type]
    return [name for name in names if getattr(before, name) != getattr(after, name)]
