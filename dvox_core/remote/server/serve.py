"""The loop of `dvox serve`: reads requests from its standard input, answers on its output."""

import os
import platform
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from dvox_core import __version__
from dvox_core.errors import Cancelled
from dvox_core.remote.connection import START
from dvox_core.remote.error_kinds import error_message
from dvox_core.remote.failures import PROTOCOL
from dvox_core.remote.messages import (
    Message,
    ProtocolError,
    encode_message,
    read_message,
    write_all,
)
from dvox_core.remote.server.renderers import CreateRenderer, RenderWorker, program_renderer
from dvox_core.remote.server.runs import look_at_run, read_run_file, send_command
from dvox_core.remote.server.scenes import OpenScene, ServedScenes, program_opener

MAX_QUEUED = 1000
RENDER_TYPES = ("renderer", "close_renderer", "intervene", "render")


class Server:
    """Answers one client until it goes.

    Args:
        reader, writer: streams of bytes.
    """

    def __init__(
        self,
        reader: IO[bytes],
        writer: IO[bytes],
        open_scene: OpenScene = program_opener,
        create_renderer: CreateRenderer = program_renderer,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._writing = threading.Lock()
        self._scenes = ServedScenes(open_scene)
        self._renders = RenderWorker(self._send, self._scenes.scene, create_renderer)
        self._requests: queue.Queue[Message | None] = queue.Queue(MAX_QUEUED)
        self._given_up: set[int] = set()
        self._files = threading.Thread(target=self._serve_files, name="files", daemon=True)
        self._files.start()

    def run(self) -> None:
        """Greet, and answer until the client has gone.

        Raises:
            ProtocolError: what came is no message.
        """
        hello = {
            "type": "hello",
            "protocol": PROTOCOL,
            "version": __version__,
            "host": platform.node(),
        }
        with suppress(OSError):
            write_all(self._writer, START)
            self._send(Message(hello))
            while True:
                message = read_message(self._reader)
                if message is None:
                    return
                self._take(message)

    def stop(self) -> None:
        """Give up what is in work, and wait for the threads."""
        self._requests.put(None)
        self._renders.stop()
        self._files.join()

    def _send(self, message: Message) -> None:
        try:
            data = encode_message(message)
        except ProtocolError as error:
            data = encode_message(error_message(error, message.id))
        with suppress(OSError, ValueError), self._writing:  # it has gone; reading tells
            write_all(self._writer, data)

    def _take(self, message: Message) -> None:
        match message.type:
            case "hello":
                pass
            case "ping":
                self._send(Message({"type": "reply", "id": message.id}))
            case "cancel":
                number = message.head.get("of")
                if type(number) is int:
                    self._given_up.add(number)
                    self._renders.cancel(number)
            case kind if kind in RENDER_TYPES:
                self._renders.take(message)
            case "close_scene":
                self._renders.take(message)
                self._scenes.close(message.head.get("scene"))
            case _:
                self._requests.put(message)

    # On the thread that reads files

    def _serve_files(self) -> None:
        while (message := self._requests.get()) is not None:
            try:
                answer = self._answer(message)
            except Cancelled:
                answer = Message({"type": "dropped", "id": message.id})
            except Exception as error:
                answer = error_message(error, message.id)
            self._given_up.discard(message.id)
            self._send(answer)

    def _answer(self, message: Message) -> Message:
        head, reply = message.head, {"type": "reply", "id": message.id}

        def progress(share: float, text: str) -> None:
            if message.id in self._given_up:
                raise Cancelled
            self._send(Message({**reply, "type": "progress", "share": share, "text": text}))

        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "open": lambda: self._scenes.open(head, progress),
            "tensors": lambda: self._scenes.load(head),
            "command": lambda: send_command(head),
        }
        if message.type in answers:
            return Message({**reply, **answers[message.type]()})
        match message.type:
            case "run":
                facts, arrays = look_at_run(head)
                return Message({**reply, **facts}, arrays)
            case "part":
                return Message(reply, self._scenes.part(head))
            case "fetched":
                self._scenes.forget(head)
                return Message(reply)
            case "run_file":
                return Message(reply, read_run_file(head))
        raise ProtocolError(f"“{message.type[:40]}” is not known here; install the same version")


def serve() -> int:
    """Serve whoever is at this process's standard input and output; the process ends with them."""
    reader, writer = _own_streams()
    server = Server(reader, writer, program_opener, program_renderer)
    code = 0
    try:
        server.run()
    except ProtocolError as error:
        sys.stderr.write(f"error: {error}\n")
        code = 2
    # A frame in work takes its time, and nothing of it is of use to anybody: nothing is written
    # but whole files of the cache.
    sys.stderr.flush()
    os._exit(code)


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output, kept from everybody else: what libraries print is no message."""
    for descriptor in (0, 1):
        if os.isatty(descriptor):  # `srun --pty`, `docker exec -t`: bytes, not lines
            import tty

            tty.setraw(descriptor)
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return reader, writer
