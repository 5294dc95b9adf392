"""Renders the views that are asked for on one thread: newest first, and what is given up ends."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dvox_core.errors import Cancelled, UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.remote.error_kinds import error_message
from dvox_core.remote.frames import (
    camera_from_json,
    extras_from_json,
    frame_message,
    interventions_of,
)
from dvox_core.remote.messages import Message
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.renderer import Intervening, Renderer, RendererFacts

Send = Callable[[Message], None]
CreateRenderer = Callable[[Scene, Any, Any], Renderer]

MAX_RENDERERS = 32
MAX_WAITING = 1000


def program_renderer(scene: Scene, device: Any, precision: Any) -> Renderer:
    """The program's own renderer; imports torch."""
    from dvox_core.rendering.create import create_renderer

    return create_renderer(scene, device, precision)


@dataclass
class _Made:
    """A renderer, and the last frame that it made: it may be wanted again in better quality."""

    renderer: Renderer
    scene: int
    newest: tuple[Camera, Extra, Frame] | None = None


@dataclass(eq=False)
class _Job:
    """A request that waits, or is in work."""

    message: Message
    is_to_show: bool
    given_up: threading.Event = field(default_factory=threading.Event)


class RenderWorker:
    """Makes renderers and frames in a thread of its own; requests come from another.

    A view to be shown goes before all else, and takes the place of one of the same renderer that
    still waits: the answer to that is then “dropped”.
    """

    def __init__(
        self,
        send: Send,
        scene: Callable[[object], Scene],
        create_renderer: CreateRenderer = program_renderer,
    ) -> None:
        self._send, self._scene, self._create = send, scene, create_renderer
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._in_work: _Job | None = None
        self._stopped = False
        self._made: dict[int, _Made] = {}
        self._number = 0
        self._thread = threading.Thread(target=self._work, name="rendering", daemon=True)
        self._thread.start()

    def take(self, message: Message) -> None:
        """Do what a message asks for, in its turn."""
        is_to_show = message.type == "render" and message.head.get("to_show") is True
        replaced = []
        with self._changed:
            if is_to_show:
                renderer = message.head.get("renderer")
                replaced = [
                    job
                    for job in self._jobs
                    if job.is_to_show and job.message.head.get("renderer") == renderer
                ]
                self._jobs = deque(job for job in self._jobs if job not in replaced)
            if len(self._jobs) < MAX_WAITING:
                self._jobs.append(_Job(message, is_to_show))
            else:
                replaced.append(_Job(message, is_to_show))
            self._changed.notify()
        for job in replaced:
            self._drop(job)

    def cancel(self, number: object) -> None:
        """Give up a request, whether it waits or is in work."""
        with self._changed:
            waiting = [job for job in self._jobs if job.message.id == number]
            self._jobs = deque(job for job in self._jobs if job not in waiting)
            if self._in_work is not None and self._in_work.message.id == number:
                self._in_work.given_up.set()
        for job in waiting:
            self._drop(job)

    def stop(self) -> None:
        """Give everything up, close the renderers, and wait for the thread."""
        with self._changed:
            self._stopped = True
            self._jobs.clear()
            if self._in_work is not None:
                self._in_work.given_up.set()
            self._changed.notify()
        self._thread.join()

    # On the thread

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._stopped)
                if self._stopped:
                    break
                job = next((job for job in self._jobs if job.is_to_show), self._jobs[0])
                self._jobs.remove(job)
                self._in_work = job
            try:
                answer = self._answer(job)
            except Cancelled:
                self._drop(job)
            except Exception as error:
                self._send(error_message(error, job.message.id))
            else:
                self._send(answer)
            with self._changed:
                self._in_work = None
        for made in self._made.values():
            made.renderer.close()

    def _drop(self, job: _Job) -> None:
        self._send(Message({"type": "dropped", "id": job.message.id}))

    def _answer(self, job: _Job) -> Message:
        message = job.message
        head: dict[str, Any] = {"type": "reply", "id": message.id}
        match message.type:
            case "renderer":
                return Message(head | self._make(message.head))
            case "close_renderer":
                made = self._made.pop(self._known(message.head), None)
                if made is not None:
                    made.renderer.close()
                return Message(head)
            case "close_scene":
                self._close_renderers_of(message.head.get("scene"))
                return Message(head)
            case "intervene":
                made = self._made[self._known(message.head)]
                if not isinstance(made.renderer, Intervening):
                    raise UserError("this scene's renderer can change nothing in it")
                made.newest = None
                made.renderer.intervene(interventions_of(message))
                return Message(head)
        return self._render(job, head)

    def _make(self, head: Mapping[str, Any]) -> dict[str, Any]:
        if len(self._made) >= MAX_RENDERERS:
            raise UserError("too many renderers are open; close a scene")
        scene, device = self._scene(head.get("scene")), str(head.get("device", "auto"))
        renderer = self._create(scene, device, str(head.get("precision", "auto")))
        self._number += 1
        self._made[self._number] = _Made(renderer, int(head["scene"]))
        return {"renderer": self._number, "facts": facts_to_json(renderer.facts)}

    def _render(self, job: _Job, head: Mapping[str, Any]) -> Message:
        wanted = job.message.head
        made = self._made[self._known(wanted)]
        camera = camera_from_json(wanted.get("camera"))
        extras = extras_from_json(wanted.get("extras"))
        frame = None
        if made.newest is not None and made.newest[:2] == (camera, extras):
            frame = made.newest[2]
        if frame is None:

            def give_up_if_wanted() -> None:
                if job.given_up.is_set():
                    raise Cancelled

            give_up_if_wanted()
            frame = made.renderer.render(camera, extras, give_up_if_wanted)
            made.newest = (camera, extras, frame)
        return frame_message(frame, head, quick=wanted.get("quick") is True)

    def _known(self, head: Mapping[str, Any]) -> int:
        number = head.get("renderer")
        if type(number) is not int or number not in self._made:
            raise UserError("a view was asked of a renderer that is not there")
        return number

    def _close_renderers_of(self, scene: object) -> None:
        for number, made in list(self._made.items()):
            if made.scene == scene:
                del self._made[number]
                made.renderer.close()


def facts_to_json(facts: RendererFacts) -> dict[str, str]:
    """A renderer's facts as plain JSON values."""
    return {
        "backend": facts.backend,
        "device": facts.device,
        "precision": facts.precision,
        "note": facts.note,
    }
