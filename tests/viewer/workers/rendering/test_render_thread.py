"""The render thread: renderers of its own, the newest camera first."""

import threading

from dvox_core.errors import CheckpointError, DeviceError
from tests.helpers.fakes import fake_scene
from tests.helpers.signals import SignalLog, camera_at
from viewer.state.viewer_state import ViewerState
from viewer.workers.rendering.render_thread import RenderThread


def prepared(qtbot, thread, generation=1, scene=None):
    with qtbot.waitSignal(thread.prepared) as signal:
        thread.prepare(scene or fake_scene(), generation)
    assert signal.args[0] == generation


def submit(thread, generation, number, x=0.0):
    state = ViewerState()
    thread.submit(generation, number, camera_at(x), state.extras)


def test_renderers_are_made_and_used_on_the_threads_own_thread(qtbot, thread, factory):
    prepared(qtbot, thread)
    with qtbot.waitSignal(thread.rendered) as rendered:
        submit(thread, 1, 1)
    generation, number, frame = rendered.args
    assert (generation, number) == (1, 1)
    assert frame.camera == camera_at(0.0)
    assert factory.newest.thread.name == "rendering"


def test_only_the_newest_of_the_waiting_cameras_is_rendered(qtbot, thread, factory):
    prepared(qtbot, thread)
    renderer = factory.newest
    renderer.gate.clear()
    submit(thread, 1, 1, 0.1)
    assert renderer.started.wait(5)
    for number in range(2, 10):
        submit(thread, 1, number, number / 10)
    rendered = SignalLog(thread.rendered)
    renderer.gate.set()
    qtbot.waitUntil(lambda: len(rendered.calls) == 2)
    assert [number for _, number, _ in rendered.calls] == [1, 9]
    assert renderer.rendered == [camera_at(0.1), camera_at(0.9)]


def test_switching_scenes_in_mid_frame_closes_the_first_renderer_after_its_frame(
    qtbot, thread, factory
):
    prepared(qtbot, thread, 1)
    first = factory.newest
    first.gate.clear()
    submit(thread, 1, 1)
    assert first.started.wait(5)
    thread.prepare(fake_scene("second"), 2)
    submit(thread, 2, 2)  # too early: before it is prepared
    with qtbot.waitSignal(thread.prepared):
        first.gate.set()
    assert first.closed
    assert not factory.newest.closed
    with qtbot.waitSignal(thread.rendered, check_params_cb=lambda g, n, f: g == 2):
        submit(thread, 2, 3)


def test_a_scene_that_cannot_be_prepared_leaves_the_former_one(qtbot, thread, factory):
    prepared(qtbot, thread, 1)
    factory.failures.append(CheckpointError("rendering.out.weight: has NaN in it"))
    with qtbot.waitSignal(thread.prepare_failed) as failed:
        thread.prepare(fake_scene("nan"), 2)
    assert failed.args[0] == 2
    assert failed.args[2] == "rendering.out.weight: has NaN in it"
    with qtbot.waitSignal(thread.rendered):
        submit(thread, 1, 1)
    assert not factory.newest.closed


def test_a_failed_frame_is_reported_and_the_next_one_comes(qtbot, thread, factory):
    prepared(qtbot, thread)
    factory.newest.failures.append(RuntimeError("shapes do not match"))
    with qtbot.waitSignal(thread.render_failed) as failed:
        submit(thread, 1, 1)
    assert failed.args == [1, 1, "Rendering this view failed; details are in the log"]
    with qtbot.waitSignal(thread.rendered):
        submit(thread, 1, 2)


def test_a_device_without_memory_while_rendering_gives_way_to_the_cpu(qtbot, thread, factory):
    with qtbot.waitSignal(thread.prepared):
        thread.prepare(fake_scene(), 1, device="cuda")
    cuda = factory.newest
    cuda.failures.append(DeviceError("CUDA is out of memory: close other programs"))
    changed = SignalLog(thread.device_changed)
    with qtbot.waitSignal(thread.rendered) as rendered:
        submit(thread, 1, 1)
    assert rendered.args[2].camera == camera_at(0.0)
    assert cuda.closed
    assert factory.newest.facts.device == "cpu"
    [(_, facts, line)] = changed.calls
    assert facts.device == "cpu"
    assert facts.note == line
    assert line == "CUDA is out of memory: close other programs; using the CPU instead"


def test_a_device_without_memory_while_preparing_gives_way_to_the_cpu(qtbot, thread, factory):
    factory.failures.append(DeviceError("CUDA is out of memory"))
    with qtbot.waitSignals([thread.prepared, thread.device_changed]):
        thread.prepare(fake_scene(), 1)
    assert factory.newest.facts.device == "cpu"


def test_a_device_that_was_asked_for_and_is_not_there_is_an_error(qtbot, thread, factory):
    factory.failures.append(DeviceError("CUDA is not there; choose --device cpu"))
    with qtbot.waitSignal(thread.prepare_failed) as failed:
        thread.prepare(fake_scene(), 1, device="cuda")
    assert failed.args[2] == "CUDA is not there; choose --device cpu"


def test_stopping_in_mid_frame_ends_cleanly_and_sends_nothing_more(qtbot, factory):
    thread = RenderThread(factory)
    prepared(qtbot, thread)
    renderer = factory.newest
    rendered = SignalLog(thread.rendered)
    renderer.gate.clear()
    submit(thread, 1, 1)
    assert renderer.started.wait(5)
    threading.Timer(0.05, renderer.gate.set).start()
    thread.stop()
    assert not thread.running
    assert renderer.closed
    qtbot.wait(20)
    assert not rendered.calls
