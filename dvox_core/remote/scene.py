"""Scenes on another machine: opened there, with their tensors fetched when they are needed."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import finalize

import numpy as np

from dvox_core.checkpoints.scene_facts import read_facts
from dvox_core.errors import CheckpointError, UserError
from dvox_core.interruption import check_wanted
from dvox_core.model.scene import Scene, ShareRead, ignore_share
from dvox_core.remote.address import RemoteAddress
from dvox_core.remote.connection import Answer, Connection
from dvox_core.remote.link import LINKS, Lease, Link, LinkPool, checked_answer, give_up
from dvox_core.remote.messages import Message, ProtocolError
from dvox_core.rendering.renderer import Renderer

if TYPE_CHECKING:
    from torch import Tensor

PART_BYTES = 2**17
PARTS_UNDER_WAY = 3
"""A frame waits behind 384 kB of tensors at most: 150 ms at 20 Mbit/s."""

MAX_BYTES = 8 * 2**30
"""Of all tensors of a request."""

_TYPES = {"f2": np.float16, "f4": np.float32, "i8": np.int64}

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class _Stored:
    """A tensor that the other side has loaded."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    size: int  # bytes


class RemoteScene:
    """A scene that is open on the other side, and opened again after the connection broke off.

    Attributes:
        link: to the other side.
        address: where it lies.
    """

    def __init__(
        self, lease: Lease, address: RemoteAddress, remote_python: str, progress: Progress
    ) -> None:
        """Open it there.

        Raises:
            UserError: it cannot be opened; the other side's line says why.
        """
        self.link: Link = lease.link
        self.address, self.remote_python = address, remote_python
        self.facts = self._open(progress)
        self._fingerprint = self.facts.get("fingerprint")
        self._number, self._epoch = self.facts.get("scene"), self.link.epoch
        finalize(self, lease.release).atexit = False

    def number(self) -> object:
        """Its number on the present connection; opens it again where that is a new one.

        Raises:
            ConnectionLostError: there is no connection now.
            UserError: it is not there any more, or another one is.
        """
        epoch = self.link.epoch
        if epoch != self._epoch:
            facts = self._open(lambda share, text: None)
            if facts.get("fingerprint") != self._fingerprint:
                raise UserError(
                    f"{self.address.name}: another file lies on {self.link.host.name} than the one "
                    "that is open; open it again to see it"
                )
            self._number, self._epoch = facts.get("scene"), epoch
        return self._number

    def discard(self) -> None:
        """Let the other side forget it, with the next request."""
        self.link.discard({"type": "close_scene", "scene": self._number}, self._epoch)

    def _open(self, progress: Progress) -> dict[str, Any]:
        request: dict[str, object] = {"type": "open", "path": self.address.path}
        return self.link.request(request, progress=progress).head


class RemoteWeights:
    """A `WeightSource` whose tensors lie on another machine.

    Floats come in half precision, which is what panels show; `exact` gives a source of whole ones.
    """

    def __init__(
        self, scene: RemoteScene, shapes: Mapping[str, tuple[int, ...]], *, half: bool = True
    ) -> None:
        self.scene, self._shapes, self._half = scene, dict(shapes), half

    @property
    def are_half(self) -> bool:
        """Whether the file there has half precision itself."""
        return bool(self.scene.facts["facts"].get("precision") == "float16")

    def exact(self) -> "RemoteWeights":
        """The same tensors as they are stored there, for saving."""
        return RemoteWeights(self.scene, self._shapes, half=False)

    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Every stored tensor's name and shape."""
        return self._shapes

    def load(self, *prefixes: str) -> dict[str, "Tensor"]:
        """The tensors under `prefixes`; see `WeightSource`.

        Raises:
            ConnectionLostError: there is no connection now.
            CheckpointError: a tensor there cannot be used, or one that came.
        """
        import torch

        from dvox_core.model.loading import require_finite

        tensors = {}
        for name, array in self._arrays(prefixes):
            tensor = torch.from_numpy(array)
            tensor = tensor.to(torch.float32) if tensor.is_floating_point() else tensor
            require_finite(name, tensor)
            tensors[name] = tensor
        return tensors

    def check_finite(self, *prefixes: str, report: ShareRead = ignore_share) -> None:
        """The other side has checked all that rendering needs when it opened the scene."""
        report(1.0)

    def create_renderer(self, device: str, precision: str) -> Renderer:
        """A renderer there; see `MakesRenderer`."""
        from dvox_core.remote.renderer import RemoteRenderer

        return RemoteRenderer(self.scene, device, precision)

    def _arrays(self, prefixes: tuple[str, ...]) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
        link = self.scene.link
        request: dict[str, object] = {
            "type": "tensors",
            "scene": self.scene.number(),
            "prefixes": list(prefixes),
            "half": self._half,
        }
        portion = link.request(request).head
        number = portion.get("portion")
        for stored in self.stored(portion):
            parts = _fetch(link.connection(), number, stored)
            yield stored.name, np.frombuffer(bytearray(parts), stored.dtype).reshape(stored.shape)
        link.request({"type": "fetched", "portion": number})

    def stored(self, portion: Mapping[str, Any]) -> list[_Stored]:
        """Check what the other side says it has loaded.

        Raises:
            ProtocolError: it is not of this scene.
        """
        found, whole = [], 0
        try:
            for name, code, shape, size in portion["tensors"]:
                dtype, known = np.dtype(_TYPES[code]), self._shapes[name]
                if tuple(shape) != known or size != math.prod(known) * dtype.itemsize:
                    raise ValueError("sizes do not agree")
                whole += size
                found.append(_Stored(name, dtype, known, size))
        except (KeyError, TypeError, ValueError) as error:
            raise ProtocolError("tensors came that are not of this scene") from error
        if whole > MAX_BYTES:
            raise ProtocolError("more tensors came than any scene has")
        return found


def open_remote_scene(
    address: RemoteAddress,
    remote_python: str = "",
    progress: Progress = lambda share, text: None,
    *,
    path: Path | None = None,
    links: LinkPool = LINKS,
) -> Scene:
    """Open a scene on another machine.

    Example: `scene = open_remote_scene(parse_address("ssh://box/scenes/lego.dvox"))`

    Args:
        address: where it lies.
        remote_python: see `RemoteAddress.reached_by`.
        progress: told how far it is; may raise `Cancelled`.
        path: what stands for it on this machine, if anything does.
        links: whose connections to use.

    Raises:
        UserError: the machine cannot be reached, or the scene not be opened; the line says what
            to do.
        Cancelled: `progress` said so.
    """
    host = address.reached_by(remote_python)
    progress(0.0, f"Connecting to {host.name}")
    lease = links.lease(host)
    try:
        scene = RemoteScene(lease, address, remote_python, progress)
        return scene_said(scene, path)
    except BaseException:
        lease.release()
        raise


def scene_said(remote: RemoteScene, path: Path | None) -> Scene:
    """The scene that the other side tells of.

    Raises:
        CheckpointError: what it says is broken.
    """
    content, name = remote.facts, remote.address.name
    try:
        shapes = {
            str(key): tuple(_side(value) for value in shape)
            for key, shape in content["shapes"].items()
        }
        facts = read_facts(content["facts"])
        file_format = str(content["format"])
    except CheckpointError:
        raise
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise CheckpointError(
            f"{name}: what {remote.link.host.name} says of it is broken "
            f"({type(error).__name__}: {error}); install the same version on both machines"
        ) from error
    weights = RemoteWeights(remote, shapes)
    finalize(weights, remote.discard).atexit = False
    return Scene(path=path, file_format=file_format, weights=weights, **facts)


def remote_scene(scene: Scene | None) -> RemoteScene | None:
    """Where a scene lies that is on another machine; None for one of this."""
    weights = scene.weights if scene is not None else None
    return weights.scene if isinstance(weights, RemoteWeights) else None


def _side(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**40:
        raise ValueError("a tensor's shape is impossible")
    return value


def _fetch(connection: Connection, portion: object, stored: _Stored) -> bytes:
    """A tensor's bytes, some pieces of it under way at a time."""
    asked: list[tuple[Answer, int]] = []
    data, offset = bytearray(), 0
    try:
        while len(data) < stored.size:
            while offset < stored.size and len(asked) < PARTS_UNDER_WAY:
                size = min(PART_BYTES, stored.size - offset)
                request: dict[str, object] = {
                    "type": "part",
                    "portion": portion,
                    "name": stored.name,
                    "offset": offset,
                    "size": size,
                }
                asked.append((connection.ask(request), size))
                offset += size
            answer, size = asked[0]
            data += _piece(checked_answer(answer.wait(check_wanted)), size)
            del asked[0]
    except BaseException:
        for answer, _ in asked:
            give_up(connection, answer)
        raise
    return bytes(data)


def _piece(message: Message, size: int) -> bytes:
    piece = message.arrays.get("bytes")
    if piece is None or piece.dtype != np.uint8 or piece.nbytes != size:
        raise ProtocolError("a piece of a tensor is of the wrong size")
    return piece.tobytes()
