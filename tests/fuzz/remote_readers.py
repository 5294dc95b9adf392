"""Broken and hostile peers: what one side says to the other, read as both sides read it."""

import contextlib
import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from dvox_core.checkpoints.scene_facts import scene_facts
from dvox_core.errors import UserError
from dvox_core.model.config import ModelConfig
from dvox_core.remote.error_kinds import error_message
from dvox_core.remote.frames import (
    camera_to_json,
    frame_message,
    frame_of,
    interventions_message,
)
from dvox_core.remote.link import checked_answer
from dvox_core.remote.messages import Message, ProtocolError, encode_message, read_message
from dvox_core.remote.renderer import renderer_facts
from dvox_core.remote.scene import RemoteWeights, scene_said
from dvox_core.remote.server.renderers import facts_to_json
from dvox_core.remote.server.serve import Server
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import (
    NO_INTERVENTIONS,
    Action,
    GridEdit,
    Interventions,
    VoxelSet,
)
from dvox_core.rendering.renderer import RendererFacts, go_on
from tests.helpers.scenes import random_scene

TINY = ModelConfig(image_size=128, grid_size=4, features=2, base_channels=2)
SCENE = random_scene(TINY)
FACTS = RendererFacts("torch", "cpu", "float32")
CAMERA = SCENE.start_camera
P = 64


class StillRenderer:
    """One picture for every view."""

    facts = FACTS

    def render(self, camera, extras=Extra.NONE, between_stages=go_on):
        side, depth = TINY.image_size, np.full((P, P), 2.0, np.float32)
        return Frame(camera, np.zeros((side, side, 3), np.uint8), depth, depth, {"all": 1.0})

    def intervene(self, interventions):
        """Changes nothing."""

    def close(self):
        """Nothing to give back."""


def write_requests(folder: Path) -> None:
    edits = (GridEdit(VoxelSet((1, 5)), Action.ZERO),)
    changed = interventions_message(
        Interventions(edits=edits), {"type": "intervene", "id": 3, "renderer": 1}
    )
    camera = camera_to_json(CAMERA)
    requests = [
        Message({"type": "hello", "protocol": 1, "version": "0"}),
        Message({"type": "open", "id": 1, "path": "/"}),
        Message({"type": "renderer", "id": 2, "scene": 1, "device": "cpu", "precision": "auto"}),
        changed,
        Message(
            {"type": "render", "id": 4, "renderer": 1, "camera": camera, "extras": 3,
             "quick": True, "to_show": True}
        ),
        Message({"type": "tensors", "id": 5, "scene": 1, "prefixes": ["grid"], "half": True}),
        Message(
            {"type": "part", "id": 6, "portion": 2, "name": "grid", "offset": 0, "size": 99}
        ),
        Message({"type": "run", "id": 7, "path": "/", "offset": 0, "begins": ""}),
        Message({"type": "run_file", "id": 8, "path": "/", "folder": "previews", "name": "x"}),
        Message({"type": "command", "id": 9, "path": "/", "command": "stop", "factor": 1.0}),
        Message({"type": "cancel", "of": 4}),
        Message({"type": "close_scene", "scene": 1}),
    ]  # fmt: skip
    _write(folder, "requests", requests)


def read_requests(folder: Path) -> None:
    """As the server reads them; a fault of its own would be in its answers."""
    answers = io.BytesIO()
    server = Server(
        io.BytesIO(_read(folder, "requests")),
        answers,
        lambda path, progress: SCENE,
        lambda scene, device, precision: StillRenderer(),
    )
    try:
        server.run()
    finally:
        server.stop()
        said = answers.getvalue().partition(b"\0dvox serves\n")[2]
    stream = io.BytesIO(said)
    while (answer := read_message(stream)) is not None:
        line = str(answer.head.get("line", ""))
        assert "the program on the other machine failed" not in line, line


def write_answers(folder: Path) -> None:
    shapes = {name: list(shape) for name, shape in SCENE.weights.shapes().items()}
    frame = StillRenderer().render(CAMERA)
    grid = list(SCENE.weights.shapes()["grid"])
    opened = {
        "facts": scene_facts(SCENE, half=False),
        "format": "dvox",
        "shapes": shapes,
        "fingerprint": "00",
        "scene": 1,
    }
    answers = [
        Message({"type": "reply", "what": "open", **opened}),
        Message({"type": "reply", "what": "renderer", "facts": facts_to_json(FACTS)}),
        frame_message(frame, {"type": "reply", "what": "frame"}, quick=True),
        frame_message(frame, {"type": "reply", "what": "frame"}, quick=False),
        Message({"what": "tensors", "tensors": [["grid", "f2", grid, 2 * int(np.prod(grid))]]}),
        error_message(ValueError("broken"), 5),
    ]
    _write(folder, "answers", answers)


def read_answers(folder: Path) -> None:
    """As the window's side reads them."""
    stream = io.BytesIO(_read(folder, "answers"))
    problems = []
    while (message := read_message(stream)) is not None:
        try:
            _read_answer(message)
        except Exception as error:
            problems.append(error)
    unexpected = [error for error in problems if type(error).__module__ == "builtins"]
    if problems:
        raise (unexpected or problems)[0]


def _write(folder: Path, name: str, messages: list[Message]) -> None:
    """As bytes, and the heads of those without arrays as lines, which are broken more cleverly."""
    (folder / f"{name}.bin").write_bytes(b"".join(map(encode_message, messages)))
    heads = [json.dumps(message.head) for message in messages if not message.arrays]
    (folder / f"{name}.jsonl").write_text("\n".join(heads))


def _read(folder: Path, name: str) -> bytes:
    """The messages of the lines, and after them the bytes."""
    data = b""
    for line in (folder / f"{name}.jsonl").read_bytes().splitlines():
        with contextlib.suppress(ValueError, RecursionError, ProtocolError):
            head = json.loads(line)
            if isinstance(head, dict):
                head.pop("arrays", None)
                data += encode_message(Message(head))
    return data + (folder / f"{name}.bin").read_bytes()


def _read_answer(message: Message) -> None:
    if message.type == "error":
        with contextlib.suppress(UserError):
            checked_answer(message)
        return
    what = message.head.get("what")
    remote = SimpleNamespace(
        facts=message.head,
        address=SimpleNamespace(name="lego"),
        link=SimpleNamespace(host=SimpleNamespace(name="box")),
        discard=lambda: None,
    )
    if what == "open":
        scene_said(remote, None)
    elif what == "renderer":
        renderer_facts(message.head.get("facts"))
    elif what == "tensors":
        RemoteWeights(remote, SCENE.weights.shapes()).stored(message.head)
    else:
        frame_of(message, CAMERA, NO_INTERVENTIONS, TINY.image_size)
