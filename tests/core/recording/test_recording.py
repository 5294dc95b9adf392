"""Recordings: gone on with after anything, the same every time."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from dvox_core.camera_paths.path import CameraPath
from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import write_scene
from dvox_core.errors import Cancelled, UserError
from dvox_core.recording.description import read_description, read_recorded_path
from dvox_core.recording.kept_frames import discard_kept_frames, part_folder, scene_hash
from dvox_core.recording.plan import plan_recording
from dvox_core.recording.progress import RecordingControl
from dvox_core.recording.record import record
from dvox_core.recording.settings import RecordingSettings
from dvox_core.rendering.frame import Extra, without_border
from dvox_core.rendering.pictures import DepthRange, depth_picture
from tests.helpers.fakes import FakeRenderer, fake_frame
from tests.helpers.recordings import (
    PATH,
    SCENE,
    SMALL,
    frames_of,
    hash_of,
    key,
    recorded,
    stopping_after,
)
from tests.helpers.scenes import random_scene

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mkv", "a.gif", "pictures"])
def test_a_video_has_every_frame_in_the_size_asked_for_and_tells_what_made_it(name, tmp_path):
    done = recorded(tmp_path / name)
    frames = frames_of(tmp_path / name)
    assert (done.frame_count, len(frames)) == (12, 12)
    assert {frame.shape for frame in frames} == {(64, 96, 3)}
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    told = read_description(tmp_path / name)
    assert told["scene"] == "fake"
    assert len(told["scene_sha256"]) == 64
    assert "main.py record" in told["command"]
    assert read_recorded_path(tmp_path / name).path == PATH


@pytest.mark.parametrize(("codec", "suffix"), [("h265", ".mp4"), ("av1", ".webm")])
def test_the_newer_codecs_are_written_too(codec, suffix, tmp_path):
    path = replace(PATH, fps=3.0)
    recorded(tmp_path / f"a{suffix}", replace(SMALL, codec=codec), path)
    with av.open(str(tmp_path / f"a{suffix}")) as container:
        assert container.streams.video[0].codec_context.name in ("hevc", "libdav1d", "av1")
    assert len(frames_of(tmp_path / f"a{suffix}")) == 4


def test_the_same_recording_twice_has_the_same_frames(tmp_path):
    recorded(tmp_path / "a.mp4")
    recorded(tmp_path / "b.mp4")
    assert hash_of(tmp_path / "a.mp4") == hash_of(tmp_path / "b.mp4")


def test_frames_come_in_the_paths_order_and_none_is_left_out(tmp_path):
    renderer = FakeRenderer(SCENE)
    record(renderer, SCENE, PATH, replace(SMALL, size=(118, 118)), tmp_path / "pictures")
    plan = plan_recording(SCENE, PATH, SMALL, tmp_path / "b.mp4")
    assert renderer.rendered == [view.camera for view in plan.views]
    for picture, view in zip(frames_of(tmp_path / "pictures"), plan.views, strict=True):
        own = without_border(fake_frame(SCENE, view.camera).picture)
        np.testing.assert_array_equal(picture, own)


def test_a_cancelled_recording_leaves_no_video_and_goes_on_where_it_was(tmp_path):
    target = tmp_path / "a.mp4"
    with pytest.raises(Cancelled):
        recorded(target, progress=stopping_after(6))
    assert not target.exists()
    renderer = FakeRenderer(SCENE)
    done = record(renderer, SCENE, PATH, SMALL, target)
    assert done.resumed == 6
    assert len(renderer.rendered) == 6 + 1  # one is rendered again, to see that it is the same
    assert any("6 of 12 frames were kept" in note for note in done.notes)
    recorded(tmp_path / "b.mp4")
    assert hash_of(target) == hash_of(tmp_path / "b.mp4")
    assert not part_folder(target).exists()


def test_what_is_kept_serves_another_codec_and_size_but_not_another_path(tmp_path):
    control = RecordingControl()
    target = tmp_path / "a.mp4"

    def cancel_late(progress):
        if progress.frame == 8:
            control.cancel()

    with pytest.raises(Cancelled):
        recorded(target, progress=cancel_late, control=control)
    done = recorded(target, RecordingSettings(size=(128, 128), codec="h265"))
    assert done.resumed == 8
    with pytest.raises(Cancelled):
        recorded(tmp_path / "b.mp4", progress=stopping_after(8))
    other = PATH.reversed()
    assert recorded(tmp_path / "b.mp4", path=other).resumed == 0


def test_kept_frames_of_an_edited_scene_are_not_mixed_with_others(tmp_path):
    class Edited(FakeRenderer):
        def render(self, camera, extras=Extra.NONE):
            frame = super().render(camera, extras)
            return replace(frame, picture=255 - frame.picture)

    target = tmp_path / "a.mp4"
    with pytest.raises(Cancelled):
        record(Edited(SCENE), SCENE, PATH, SMALL, target, stopping_after(4))
    done = recorded(target)
    assert done.resumed == 0
    recorded(tmp_path / "b.mp4")
    assert hash_of(target) == hash_of(tmp_path / "b.mp4")


def test_a_failing_renderer_leaves_no_video_and_no_thread(tmp_path):
    renderer = FakeRenderer(SCENE)
    target = tmp_path / "a.mp4"

    def fail_at_four(progress):
        if progress.frame == 4:
            renderer.failures.append(UserError("out of memory"))

    before = threading.active_count()
    with pytest.raises(UserError, match="out of memory"):
        record(renderer, SCENE, PATH, SMALL, target, fail_at_four)
    assert threading.active_count() == before
    assert not target.exists()
    discard_kept_frames(target)
    assert list(tmp_path.iterdir()) == []


def test_a_pause_waits_and_goes_on(tmp_path):
    control = RecordingControl()
    seen = []

    def pause_at_three(progress):
        seen.append(progress.frame)
        if progress.frame == 3:
            control.pause()

    thread = threading.Thread(
        target=lambda: recorded(tmp_path / "a.mp4", progress=pause_at_three, control=control)
    )
    thread.start()
    while 3 not in seen:
        time.sleep(0.005)
    time.sleep(0.1)
    assert seen[-1] == 3
    control.resume()
    thread.join(30)
    assert len(frames_of(tmp_path / "a.mp4")) == 12


def test_progress_tells_frames_time_left_and_a_preview(tmp_path):
    told = []
    recorded(tmp_path / "a.mp4", progress=told.append)
    rendering = [progress for progress in told if progress.text == "Rendering"]
    assert [progress.frame for progress in rendering] == list(range(1, 13))
    assert all(progress.seconds_left is not None for progress in rendering)
    assert told[-1].fraction == 1
    previews = [progress.preview for progress in told if progress.preview is not None]
    assert previews
    assert max(previews[0].shape) <= 192


KILLED = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.core.recording.test_recording import SCENE, PATH, SMALL
from tests.helpers.fakes import FakeRenderer
from dvox_core.recording.record import record
record(FakeRenderer(SCENE, delay=0.1), SCENE, PATH, SMALL, Path({target!r}),
       lambda progress: print(progress.frame, flush=True))
"""


def test_a_kill_leaves_no_video_and_what_was_rendered_can_be_gone_on_with(tmp_path):
    target = tmp_path / "a.mp4"
    code = KILLED.format(root=str(ROOT), target=str(target))
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if line.strip() == "5":
            os.kill(process.pid, signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    assert not target.exists()
    done = recorded(target)
    assert 3 <= done.resumed <= 6
    recorded(tmp_path / "b.mp4")
    assert hash_of(target) == hash_of(tmp_path / "b.mp4")


FULL = """
import resource, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.core.recording.test_recording import SCENE, PATH
from tests.helpers.fakes import FakeRenderer
from dvox_core.errors import UserError
from dvox_core.recording.record import record
from dvox_core.recording.settings import RecordingSettings
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    record(FakeRenderer(SCENE), SCENE, PATH, RecordingSettings(size=(640, 480), quality=100),
           Path({target!r}))
except UserError as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [4_000, 30_000])  # not even a frame; frames, but no video
@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
def test_a_full_disk_costs_one_line_and_leaves_no_video(name, limit, tmp_path):
    target = tmp_path / name
    code = FULL.format(root=str(ROOT), target=str(target), limit=limit)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "free some space" in done.stdout
    assert done.stdout.count("\n") == 1
    assert not target.exists()
    assert len(recorded(target).target.read_bytes()) > 0


MEMORY = """
import resource, sys
sys.path.insert(0, {root!r})
from dataclasses import replace
from pathlib import Path
from tests.core.recording.test_recording import SCENE, PATH
from tests.helpers.fakes import FakeRenderer, fake_frame
from dvox_core.recording.record import record
from dvox_core.recording.settings import RecordingSettings

class Quick(FakeRenderer):
    frame = fake_frame(SCENE, SCENE.start_camera)
    def render(self, camera, extras=None):
        return replace(self.frame, camera=camera, picture=self.frame.picture.copy())

def peak(progress):
    if progress.text == "Rendering" and progress.frame in (40, progress.total):
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

record(Quick(SCENE), SCENE, replace(PATH, fps=300 / PATH.seconds),
       RecordingSettings(size=(320, 240)), Path({target!r}), peak)
"""


def test_memory_stays_flat_over_a_video(tmp_path):
    code = MEMORY.format(root=str(ROOT), target=str(tmp_path / "a.mp4"))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    early, late = (int(line) for line in done.stdout.split())
    assert late - early < 60  # MiB, over 260 frames of 0.2 MiB


def test_the_colours_of_depth_are_the_windows_and_the_same_in_every_frame(tmp_path):
    settings = RecordingSettings(size=(118, 118), mode="depth")
    recorded(tmp_path / "pictures", settings)
    low, high = read_description(tmp_path / "pictures")["settings"]["depth_range"]
    views = plan_recording(SCENE, PATH, settings, tmp_path / "b").views
    for picture, view in zip(frames_of(tmp_path / "pictures"), views, strict=True):
        frame = fake_frame(SCENE, view.camera, Extra.ENTROPY)
        own = depth_picture(frame, SCENE.frustum, DepthRange(low, high))
        np.testing.assert_array_equal(picture, own.rgba[..., :3])


def test_side_by_side_is_picture_and_depth(tmp_path):
    size = (236, 118)
    recorded(tmp_path / "both", RecordingSettings(size=size, mode="side-by-side"))
    recorded(tmp_path / "rgb", RecordingSettings(size=(118, 118)))
    recorded(tmp_path / "depth", RecordingSettings(size=(118, 118), mode="depth"))
    for both, *parts in zip(
        *(frames_of(tmp_path / name) for name in ("both", "rgb", "depth")), strict=True
    ):
        np.testing.assert_array_equal(both, np.concatenate(parts, axis=1))


def test_a_way_through_the_grid_is_told_once_before_it_starts(tmp_path):
    through = CameraPath((key(0.0), key(2.0, at=(-4.0, 0.0, 1.0))), fps=10.0)
    notes = plan_recording(SCENE, through, SMALL, tmp_path / "a.mp4").notes
    inside = [note for note in notes if "inside the voxel grid" in note]
    assert len(inside) == 1
    assert "of 20 frames" in inside[0]


def test_another_field_of_view_is_told_once(tmp_path):
    narrow = replace(PATH, vertical_fov=20.0)
    square = RecordingSettings(size=(96, 96))
    (note,) = plan_recording(SCENE, narrow, square, tmp_path / "a.mp4").notes
    assert "20°" in note
    assert "cropped" in note
    wide = replace(PATH, vertical_fov=90.0)
    (note,) = plan_recording(SCENE, wide, square, tmp_path / "a.mp4").notes
    assert "letterboxed" in note
    assert plan_recording(SCENE, PATH, square, tmp_path / "a.mp4").notes == ()
    (note,) = plan_recording(SCENE, PATH, SMALL, tmp_path / "a.mp4").notes
    assert "letterboxed" in note


def test_a_video_tells_the_hash_of_the_scene_that_was_opened(tmp_path):
    path = tmp_path / "scene.dvox"
    write_scene(path, random_scene())
    scene = open_scene(path)
    before = scene_hash(scene)
    write_scene(path, random_scene(seed=1))
    again = open_scene(path)
    assert scene_hash(scene) == before != scene_hash(again)
