"""The second scene: opened beside the first, rendered where the first is."""

from pathlib import Path

import pytest

from dvox_core.errors import UserError
from dvox_core.rendering.frame import Extra
from tests.helpers.fakes import FakeRendererFactory, fake_opener
from tests.helpers.signals import SignalLog, camera_at
from viewer.workers.comparison.second_scene import SecondScene


@pytest.fixture
def factory():
    return FakeRendererFactory()


@pytest.fixture
def second(qapp, factory):
    second = SecondScene(read=fake_opener, create_renderer=factory)
    yield second
    for renderer in factory.made:
        renderer.gate.set()
    second.stop()


def opened(qtbot, second, name):
    with qtbot.waitSignal(second.changed):
        second.open(Path(name))
    assert second.scene.name == Path(name).stem


def test_the_newest_view_is_rendered_once(qtbot, second, factory):
    opened(qtbot, second, "a.dvox")
    for _ in range(2):
        second.show(camera_at(1), Extra.ENTROPY)
    qtbot.waitUntil(lambda: second.frame is not None)
    second.show(camera_at(1), Extra.ENTROPY)
    with qtbot.waitSignal(second.frame_changed):
        second.show(camera_at(2), Extra.ENTROPY)
    assert factory.newest.rendered == [camera_at(1), camera_at(2)]
    assert second.frame.entropy is not None


def test_a_failed_frame_loses_no_scene_that_is_being_opened(qtbot, second, factory):
    opened(qtbot, second, "a.dvox")
    former = factory.newest
    former.failures.append(UserError("a.dvox: no memory"))
    former.gate.clear()
    failed = SignalLog(second.failed)
    second.show(camera_at(1), Extra.NONE)
    assert former.started.wait(5)
    second.open(Path("b.dvox"))
    # The file is read, and its renderer waits for the frame of the former scene.
    qtbot.waitUntil(lambda: not second.is_reading)
    former.gate.set()
    qtbot.waitUntil(lambda: second.scene.name == "b")
    assert failed.calls == [("a.dvox: no memory",)]
    with qtbot.waitSignal(second.frame_changed):
        second.show(camera_at(2), Extra.NONE)
    assert factory.newest.rendered == [camera_at(2)]


def test_the_former_scene_is_rendered_while_another_is_opened(qtbot, second, factory):
    opened(qtbot, second, "a.dvox")
    second.open(Path("broken.dvox"))
    with qtbot.waitSignal(second.frame_changed):
        second.show(camera_at(1), Extra.NONE)
    qtbot.waitUntil(lambda: not second.is_opening)
    assert second.scene.name == "a"
    with qtbot.waitSignal(second.frame_changed):
        second.show(camera_at(2), Extra.NONE)
    assert factory.newest.rendered == [camera_at(1), camera_at(2)]


def test_closing_gives_the_memory_back(qtbot, second, factory):
    opened(qtbot, second, "a.dvox")
    second.close()
    assert second.scene is None
    qtbot.waitUntil(lambda: factory.newest.closed)
    opened(qtbot, second, "b.dvox")
