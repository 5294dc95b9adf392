"""The side where the scenes are: newest view first, what is given up ends, faults are one line."""

import threading

import numpy as np
import pytest

from dvox_core.errors import DeviceError, UserError
from dvox_core.remote.error_kinds import error_message, error_of
from dvox_core.remote.frames import camera_to_json
from dvox_core.remote.messages import Message
from dvox_core.remote.server.renderers import RenderWorker
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.renderer import RendererFacts, go_on
from tests.helpers.scenes import SMALL, orbit_cameras, random_scene

CAMERAS = orbit_cameras(6)


class GatedRenderer:
    """Renders when its gate is opened, in two stages."""

    facts = RendererFacts("torch", "cpu", "float32")

    def __init__(self):
        self.gate, self.started = threading.Event(), threading.Event()
        self.rendered, self.is_closed = [], False

    def render(self, camera, extras=Extra.NONE, between_stages=go_on):
        self.started.set()
        assert self.gate.wait(60)
        between_stages()
        self.rendered.append(camera)
        picture = np.zeros((SMALL.image_size, SMALL.image_size, 3), np.uint8)
        return Frame(camera, picture, None, None, {"all": 1.0})

    def close(self):
        self.is_closed = True


class Client:
    """What the other side hears."""

    def __init__(self):
        self.renderer, self.heard = GatedRenderer(), []
        self.changed = threading.Condition()
        self.worker = RenderWorker(
            self.hear, lambda number: random_scene(), lambda *_: self.renderer
        )
        self.ask(1, "renderer", scene=1)
        self.wait(1)

    def hear(self, message):
        with self.changed:
            self.heard.append(message)
            self.changed.notify_all()

    def ask(self, number, kind, **head):
        self.worker.take(Message({"type": kind, "id": number, **head}))

    def render(self, number, camera, *, to_show):
        wanted = {"camera": camera_to_json(CAMERAS[camera]), "extras": 0, "to_show": to_show}
        self.ask(number, "render", renderer=1, **wanted)

    def wait(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.heard) >= count, 60)
        return [(message.id, message.type) for message in self.heard]


@pytest.fixture
def client():
    made = Client()
    yield made
    made.renderer.gate.set()
    made.worker.stop()
    assert made.renderer.is_closed


def test_a_newer_view_overtakes_those_that_wait_and_goes_before_others(client) -> None:
    client.render(2, 0, to_show=True)
    assert client.renderer.started.wait(60)
    client.render(3, 1, to_show=False)  # of a recording
    client.render(4, 2, to_show=True)
    client.render(5, 3, to_show=True)
    assert client.wait(2)[1:] == [(4, "dropped")]
    client.renderer.gate.set()
    assert client.wait(5)[2:] == [(2, "reply"), (5, "reply"), (3, "reply")]
    assert client.renderer.rendered == [CAMERAS[0], CAMERAS[3], CAMERAS[1]]


def test_what_is_given_up_ends_between_stages_or_is_never_begun(client) -> None:
    client.render(2, 0, to_show=True)
    assert client.renderer.started.wait(60)
    client.render(3, 1, to_show=False)
    client.worker.cancel(3)
    client.worker.cancel(2)
    client.renderer.gate.set()
    assert sorted(client.wait(3)[1:]) == [(2, "dropped"), (3, "dropped")]
    assert client.renderer.rendered == []
    client.render(4, 1, to_show=True)
    assert client.wait(4)[3] == (4, "reply")


def test_requests_that_cannot_be_served_are_answered_in_one_line(client) -> None:
    client.ask(2, "render", renderer=77, camera=[], extras=0)
    client.ask(3, "render", renderer=1, camera=[1, 2], extras=0)
    client.ask(4, "render", renderer=1, camera=camera_to_json(CAMERAS[0]), extras=10**9)
    client.ask(5, "intervene", renderer=1)
    client.wait(5)
    lines = [str(error_of(message)) for message in client.heard[1:]]
    for line, words in zip(
        lines,
        ("not there", "a camera is broken", "not known", "change nothing"),
        strict=True,
    ):
        assert words in line
        assert "\n" not in line


def test_errors_keep_their_kind_on_the_way() -> None:
    class OutOfMemoryError(RuntimeError):
        """As torch's, by its name."""

    assert type(error_of(error_message(DeviceError("no CUDA"), 1))) is DeviceError
    assert isinstance(error_of(error_message(OutOfMemoryError("CUDA"), 1)), DeviceError)
    fault = error_of(error_message(ValueError("a\nb"), 1))
    assert type(fault) is UserError
    assert str(fault) == "the program on the other machine failed: a b (ValueError)"
