"""Several processes render a video on Ray: its frames are one process's."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.errors import UserError
from dvox_core.recording.kept_frames import scene_hash
from dvox_core.recording.ray_renderer import FrameRenderer, RemoteScene
from tests.helpers.ray import needs_ray
from tests.helpers.scenes import random_scene

ROOT = Path(__file__).parents[3]


@needs_ray
@pytest.mark.slow
def test_two_processes_make_the_frames_of_one(tmp_path: Path) -> None:
    write_scene(tmp_path / "scene.dvox", random_scene())

    def record(name: str, *more: str) -> list[np.ndarray]:
        words = "--orbit --seconds 1 --fps 9 --mode side-by-side --codec png --device cpu"
        command = [sys.executable, str(ROOT / "main.py"), "record", str(tmp_path / "scene.dvox")]
        # A process of its own: what Ray knows of its token is kept as long as a process lives.
        done = subprocess.run(
            [*command, "--out", str(tmp_path / name), *words.split(), *more],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        paths = sorted((tmp_path / name).glob("*.png"))
        return [np.asarray(Image.open(path)) for path in paths]  # their texts name the target

    together = record("together", "--engine", "ray", "--workers", "2", "--threads", "1")
    assert len(together) == 9
    np.testing.assert_array_equal(together, record("alone"))


def test_a_process_refuses_another_scene_than_the_one_to_record(tmp_path: Path) -> None:
    path = tmp_path / "scene.dvox"
    write_scene(path, random_scene())
    wanted = RemoteScene(path, None, scene_hash(open_scene(path)), "cpu", "float32", 1)
    write_scene(path, random_scene(seed=1))
    with pytest.raises(UserError, match=r"scene\.dvox: is another file on .*; copy it there"):
        FrameRenderer(wanted).facts()
