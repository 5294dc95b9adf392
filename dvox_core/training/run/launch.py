"""Begins a run or goes on with one: from its directory to its end."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from dvox_core import __version__
from dvox_core.data.capture import Capture
from dvox_core.errors import UserError
from dvox_core.rendering import create
from dvox_core.training.config import Precision, Recipe
from dvox_core.training.run.events import Event, Failed
from dvox_core.training.run.run import Listener, TrainingRun
from dvox_core.training.run.run_capture import CaptureFingerprint, RunCapture
from dvox_core.training.run.run_config import RunConfig
from dvox_core.training.run.run_directory import LogWriter, RunDirectory
from dvox_core.training.run.status import Status
from dvox_core.training.run.stop_request import StopRequest
from dvox_core.training.run.validation import Validation
from dvox_core.training.run.view_selection import RunViews, choose_views
from dvox_core.training.trainers.create import create_trainer
from dvox_core.training.trainers.trainer import Trainer


def begin_run(directory: RunDirectory, config: RunConfig, overwrite: bool = False) -> None:
    """Make a run's directory, ready to be trained in.

    Raises:
        RunError: something lies there already, and it is no run or must not be overwritten.
    """
    if overwrite and directory.exists:
        directory.require_own()
    else:
        directory.require_free()
    with directory.lock():
        directory.clear()
        directory.write_status(Status(steps=config.options.steps))
        directory.write_config(replace(config, version=__version__).to_json())


def read_run_config(directory: RunDirectory) -> RunConfig:
    """The configuration of an existing run."""
    return RunConfig.from_json(directory.read_config(), directory.config_path)


def views_of_run(directory: RunDirectory, config: RunConfig, capture: Capture) -> RunViews:
    """The views that train and validate a run: chosen at its start, and kept from then on.

    Raises:
        RunError: the capture is another than the run was begun on.
        UserError: the run is to end by scores, and no view is there to give them.
    """
    kept = RunCapture.read(directory)
    if kept is not None:
        kept.require(capture, directory)
    return new_views(config, capture, None if kept is None else kept.held_out)


def new_views(
    config: RunConfig, capture: Capture, held_out: tuple[str, ...] | None = None
) -> RunViews:
    """The views of a run that has not begun, or that began with some views held out.

    Raises:
        UserError: see `choose_views`; or it is to end by scores, and no view is there to give
            them.
    """
    options = config.options
    views = choose_views(capture, config.sampling_pattern, options.validation_views, held_out)
    if options.patience and not views.are_judges:
        training = len(views.capture.split("train"))
        raise UserError(
            f"--patience {options.patience}: needs validation views to judge by, and of {training} "
            "training views none is held out; leave it out, or give the capture a validation split"
        )
    return views


def train_run(
    directory: RunDirectory,
    capture: Capture,
    listener: Listener = lambda event: None,
    stop: StopRequest | None = None,
    make_trainer: Callable[..., Trainer] = create_trainer,
) -> Event:
    """Train in a run's directory until the end; go on from its newest snapshot if it has one.

    Example: `begin_run(run, config); train_run(run, load_capture(config.capture))`

    Args:
        directory: made by `begin_run`.
        capture: that its configuration names.
        listener: told of every event, in this thread.
        stop: asks it to save and stop.

    Returns:
        `Finished` or `Stopped`.

    Raises:
        RunError: another process trains here.
        UserError: the run failed by something that its user can mend; it can be resumed.
    """
    with directory.lock():
        config = read_run_config(directory)
        try:
            views = views_of_run(directory, config, capture)
            device = create.find_device(config.options.device)
            validation = Validation.prepare(
                views.watched,
                config.model.image_size,
                cast(create.Device, device.type),
                are_judges=views.are_judges,
                training=views.capture.split("train"),
            )
            trainer = make_trainer(views.capture, config.model, config.training, device)
        except Exception as error:
            record_failure(directory, error)
            raise
        if RunCapture.read(directory) is None:
            RunCapture(CaptureFingerprint.of(capture), views.held_out).write(directory)
        notes = (*capture.notes, views.line)
        options = replace(config.options, device=cast(create.Device, device.type))
        run = TrainingRun(directory, trainer, options, validation, listener, stop, notes)
        return run.run()


def chosen_precision(name: str, device: str, recipe: Recipe) -> Precision:
    """The precision that "auto" stands for: bfloat16 on a GPU that has it, else float32.

    The guided recipe, whose time goes into 2D convolutions alone, takes it on processors too.
    """
    if name != "auto":
        return cast(Precision, name)
    chosen = create.find_device(cast(create.Device, device))
    can = chosen.type == "cuda" or (recipe == "guided" and chosen.type == "cpu")
    return "bfloat16" if can and create.bfloat16_is_fast(chosen) else "float32"


def record_failure(directory: RunDirectory, error: BaseException) -> None:
    """Write down that the run failed before it began."""
    message = " ".join(str(error).split()) or type(error).__name__
    status = directory.read_status_file()
    directory.write_status(replace(status, state="failed", pid=0, message=message))
    log = LogWriter(directory.log_path)
    log.write(Failed(status.step, message))
    log.close()
