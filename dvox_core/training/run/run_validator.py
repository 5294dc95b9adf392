"""Scores a run now and then, with what memory the training leaves."""

import logging
from collections.abc import Callable
from dataclasses import replace

from dvox_core.training.run.events import Validated
from dvox_core.training.run.failure_messages import is_out_of_memory
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.validation import Validation
from dvox_core.training.trainers.trainer import Trainer
from dvox_core.training.volumes import keep_spread, save_volumes, volume_statistics

log = logging.getLogger(__name__)


class RunValidator:
    """Renders and scores the validation views of a run, and writes what there is to watch.

    Where the GPU's memory does not suffice beside the training, it goes on on the CPU; where that
    does not suffice either, validations are left out. The training goes on in any case.
    """

    def __init__(
        self, validation: Validation, directory: RunDirectory, note: Callable[[str], None]
    ) -> None:
        self._validation, self._directory, self._note = validation, directory, note
        self._has_told = False

    @property
    def are_judges(self) -> bool:
        """Whether the views are kept out of training."""
        return self._validation.are_judges

    def run(self, trainer: Trainer, is_cancelled: Callable[[], bool]) -> Validated | None:
        """The scores; None if it was cancelled, or there is no memory for it.

        Raises:
            CheckpointError: the weights are not finite.
            UserError: something could not be written.
        """
        while True:
            try:
                return self._score(trainer, is_cancelled)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                log.warning("step %d: no memory to validate (%s)", trainer.step_number, error)
            # Only here are the frames gone that held what it took.
            if self._validation.device == "cpu":
                self._tell("validation is left out: the memory does not suffice for it")
                return None
            self._validation = replace(self._validation, device="cpu")
            self._note("validated on the CPU from now on: the GPU's memory does not suffice")

    def _score(self, trainer: Trainer, is_cancelled: Callable[[], bool]) -> Validated | None:
        step = trainer.step_number
        previewer = trainer.previewer()
        if previewer is None:
            event = self._validation.run(trainer.scene(), self._directory, step, is_cancelled)
        else:
            event = self._validation.run_preview(previewer, self._directory, step, is_cancelled)
        if event is None:
            return None
        name, volumes = "", trainer.volumes()
        if volumes:
            name = f"volumes/step_{step:08d}.safetensors"
            save_volumes(self._directory.path / name, volumes)
        for folder in (self._directory.previews, self._directory.volumes):
            keep_spread(folder)
        return replace(event, volumes=name, volume_statistics=volume_statistics(volumes))

    def _tell(self, line: str) -> None:
        """Note it once; the log has every time."""
        if not self._has_told:
            self._note(line)
        self._has_told = True
