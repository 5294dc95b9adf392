"""Keeps, composes and encodes frames beside the renderer."""

import queue
import threading
import time

import numpy as np
from numpy.typing import NDArray
from PIL import Image  # resizes arrays; no file is read or written by it

from dvox_core.recording.framing import FrameComposer
from dvox_core.recording.kept_frames import KeptFrames
from dvox_core.recording.writers import FrameWriter
from dvox_core.rendering.frame import Frame

Bytes = NDArray[np.uint8]

WAITING_FRAMES = 4
"""Frames that may wait for the encoder."""

PREVIEW_SIDE = 192
PREVIEW_SECONDS = 0.2


class FrameEncoder:
    """Keeps, composes and encodes frames in a thread of its own, behind a short queue."""

    def __init__(self, writer: FrameWriter, composer: FrameComposer, kept: KeptFrames) -> None:
        self._writer = writer
        self._composer = composer
        self._kept = kept
        self._queue: queue.Queue[tuple[int, Frame, float | None, bool] | None] = queue.Queue(
            WAITING_FRAMES
        )
        self._error: BaseException | None = None
        self._abandoned = threading.Event()
        self._preview: Bytes | None = None
        self._previewed = 0.0
        self._thread = threading.Thread(target=self._run, name="Encoder", daemon=True)
        self._thread.start()

    def put(self, index: int, frame: Frame, vertical_fov: float | None, new: bool) -> None:
        """Hand over a frame; waits while the queue is full, and raises what the thread met."""
        self._hand_over((index, frame, vertical_fov, new))

    def finish(self) -> None:
        """Wait until all is written and the file closed."""
        self._hand_over(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def abandon(self) -> None:
        """End the thread, keep what is waiting, and let go of the file."""
        self._abandoned.set()
        while self._thread.is_alive():
            try:
                self._queue.put_nowait(None)
            except queue.Full:
                time.sleep(0.01)
                continue
            self._thread.join()
        self._writer.abandon()

    def take_preview(self) -> Bytes | None:
        """The newest preview, once."""
        preview, self._preview = self._preview, None
        return preview

    def _hand_over(self, item: tuple[int, Frame, float | None, bool] | None) -> None:
        while True:
            if self._error is not None:
                raise self._error
            try:
                self._queue.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def _run(self) -> None:
        try:
            while (item := self._queue.get()) is not None:
                index, frame, vertical_fov, new = item
                if new:
                    self._kept.keep(index, frame)
                if self._abandoned.is_set():
                    continue  # what was rendered is kept; the video is thrown away
                picture = self._composer.compose(frame, vertical_fov)
                self._writer.write(picture)
                self._show(picture)
            if not self._abandoned.is_set():
                self._writer.close()
        except BaseException as error:
            self._error = error

    def _show(self, picture: Bytes) -> None:
        now = time.monotonic()
        if now - self._previewed < PREVIEW_SECONDS:
            return
        self._previewed = now
        image = Image.fromarray(picture)
        image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BOX)
        self._preview = np.asarray(image)
