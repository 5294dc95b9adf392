"""Short recordings of a made-up scene, and what is read from them."""

import hashlib
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from PIL import Image

from dvox_core.camera_paths.generators import orbit
from dvox_core.camera_paths.path import Keyframe
from dvox_core.errors import Cancelled
from dvox_core.geometry.cameras import look_at
from dvox_core.recording.record import record
from dvox_core.recording.settings import RecordingSettings
from tests.helpers.fakes import FakeRenderer, fake_scene

SCENE = fake_scene()
PATH = orbit(SCENE.start_camera, SCENE.pivot, SCENE.up_axis, seconds=1.2)
PATH = replace(PATH, fps=10.0)
SMALL = RecordingSettings(size=(96, 64))


def frames_of(target: Path) -> list[np.ndarray]:
    if target.is_dir():
        return [np.asarray(Image.open(path)) for path in sorted(target.glob("*.png"))]
    with av.open(str(target)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def hash_of(target: Path) -> str:
    return hashlib.sha256(b"".join(frame.tobytes() for frame in frames_of(target))).hexdigest()


def recorded(target, settings=SMALL, path=PATH, scene=SCENE, **more):
    return record(FakeRenderer(scene), scene, path, settings, target, **more)


def stopping_after(frame):
    """A progress that cancels once so many frames are done."""

    def progress(done):
        if done.frame >= frame:
            raise Cancelled

    return progress


def key(seconds, *, at=(4.0, 0.0, 1.0)):
    return Keyframe(look_at(at, SCENE.pivot, (0, 0, 1)), seconds)
