"""Says, while a recording is being set up, what it will be and what forbids it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvox_core.camera_paths.path import CameraPath
from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.recording.settings import Codec, RecordingSettings


@dataclass(frozen=True, eq=False)
class PlanQuestion:
    """A recording as it is set in the fields."""

    scene: Scene
    path: CameraPath
    settings: RecordingSettings
    target: Path


@dataclass(frozen=True, eq=False)
class PlanAnswer:
    """What would become of it.

    Attributes:
        question: that this answers.
        plan: a `RecordingPlan`; None where there is a problem.
        problem: one line; "" where there is none.
        exists: whether a file is there that would be replaced.
        kept: frames that an unfinished recording to this file has left.
        codecs: that this machine can write.
    """

    question: PlanQuestion
    plan: Any
    problem: str
    exists: bool
    kept: int
    codecs: tuple[Codec, ...]


def answer_plan(question: PlanQuestion) -> PlanAnswer:
    """Plan a recording; reads and writes no file, renders nothing. Not on the window's thread."""
    from dvox_core.recording.kept_frames import part_folder
    from dvox_core.recording.plan import plan_recording
    from dvox_core.recording.settings import available_codecs

    target, plan, problem = question.target, None, ""
    try:
        plan = plan_recording(
            question.scene, question.path, question.settings, target, overwrite=True
        )
    except UserError as error:
        problem = str(error)
    problem = problem or _refusal(target)
    kept = sum(1 for _ in (part_folder(target) / "frames").glob("*.npz"))
    return PlanAnswer(
        question, plan if not problem else None, problem, target.exists(), kept, available_codecs()
    )


def _refusal(target: Path) -> str:
    """Why nothing can be written there, or ""."""
    folder = target.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        return f"{folder}: is not a folder; choose another place"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder}: cannot be written to; choose another place"
    return ""
