"""The camera path that is being edited: its keys, what is selected of it, and its playhead."""

from collections.abc import Callable, Collection, Hashable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from dvox_core.camera_paths.path import SHORTEST_STEP, CameraPath, Keyframe
from dvox_core.geometry.cameras import Camera

EMPTY_PATH = CameraPath()
SHORTEST_PATH = 0.1  # seconds


class PathEditor(QObject):
    """A path as a value, and every change of it with undo and redo. Lives on the window's thread.

    The path stays when another scene is opened, so that two scenes can be gone through alike.
    """

    path_changed = Signal(object)  # CameraPath
    selection_changed = Signal(object)  # tuple[int, ...]: indices of the selected keys
    playhead_changed = Signal(float)  # seconds
    saved_changed = Signal()  # whether there is something to save, or the file's name

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = EMPTY_PATH
        self._selected: tuple[int, ...] = ()
        self._playhead = 0.0
        self._file: Path | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._tell_saved)

    @property
    def path(self) -> CameraPath:
        """The path as it is now."""
        return self._path

    @property
    def selected(self) -> tuple[int, ...]:
        """Indices of the selected keys, rising."""
        return self._selected

    @property
    def playhead(self) -> float:
        """Seconds from the first key."""
        return self._playhead

    @property
    def file(self) -> Path | None:
        """Where the path was read from, or saved to last."""
        return self._file

    @property
    def needs_saving(self) -> bool:
        """Whether there is a path, two keys or more, that no file has."""
        return len(self._path.keyframes) > 1 and not self.undo_stack.isClean()

    @property
    def key_at_playhead(self) -> int | None:
        """The key that the playhead stands on."""
        for index, seconds in enumerate(self._path.times):
            if abs(seconds - self._playhead) < 0.5 / self._path.fps:
                return index
        return None

    # What is looked at

    def select(self, indices: Collection[int]) -> None:
        """Select these keys and no others."""
        count = len(self._path.keyframes)
        selected = tuple(sorted({index for index in indices if 0 <= index < count}))
        if selected != self._selected:
            self._selected = selected
            self.selection_changed.emit(selected)

    def set_playhead(self, seconds: float) -> None:
        """Stand at a time within the path."""
        seconds = min(max(seconds, 0.0), self._path.seconds)
        if seconds != self._playhead:
            self._playhead = seconds
            self.playhead_changed.emit(seconds)

    # Changes

    def change(
        self,
        what: str,
        path: CameraPath,
        selected: Collection[int] | None = None,
        gesture: Hashable = None,
    ) -> None:
        """Take `path` from now on.

        Args:
            what: names it for undo: "Move a key".
            selected: the keys that are selected afterwards; as before where None.
            gesture: changes in a row that belong to one gesture are undone as one.
        """
        chosen = self._selected if selected is None else tuple(sorted(selected))
        if path != self._path:
            self.undo_stack.push(_Change(self, what, path, chosen, gesture))
        else:
            self.select(chosen)

    def add_key(self, camera: Camera) -> int:
        """Add a key of `camera`, select it, and give its index.

        It is added at the playhead where that stands between two keys, half-way to the next where
        it stands on one, and after the last key otherwise.
        """
        path, place = self._path, self._place_for_key()
        if place is None:
            path = path.appended(camera)
            index = len(path.keyframes) - 1
        else:
            whole = path.seconds
            path, index = path.inserted(Keyframe(camera, place))
            if path.closes and path.seconds > whole:  # on the way back: the loop lasts as long
                closing = path.closing_seconds - (path.seconds - whole)
                path = replace(path, closing_seconds=max(closing, SHORTEST_STEP))
        self.change("Add a key", path, (index,))
        self.set_playhead(path.times[index])
        return index

    def retake(self, index: int, camera: Camera) -> None:
        """Give the key at `index` another pose."""
        self.change("Retake a key", self._path.with_camera(index, camera))

    def remove_selected(self) -> None:
        """Delete the selected keys."""
        if self._selected:
            what = _counted("Delete", len(self._selected))
            self.change(what, self._path.without(self._selected), ())

    def duplicate_selected(self) -> None:
        """Copy the selected keys after the last of them, and select the copies."""
        if self._selected:
            path, copies = self._path.duplicated(self._selected)
            self.change(_counted("Duplicate", len(copies)), path, copies)

    def move_selected(self, by_seconds: float, gesture: Hashable = None) -> None:
        """Move the selected keys in time, past others where it must be."""
        if self._selected:
            path, moved = self._path.moved(self._selected, by_seconds)
            self.change(_counted("Move", len(moved)), path, moved, gesture)

    def move_in_order(self, step: int) -> None:
        """Let the one selected key change places with its neighbour; times stay where they are."""
        if len(self._selected) != 1:
            return
        index = self._selected[0]
        new = index + step
        if 0 <= new < len(self._path.keyframes):
            self.change("Reorder the keys", self._path.reordered(index, new), (new,))

    def set_key_seconds(self, seconds: float) -> None:
        """Move the one selected key to a time."""
        if len(self._selected) == 1:
            path, index = self._path.moved_to(self._selected[0], max(seconds, 0.0))
            self.change("Move a key", path, (index,), ("seconds", self._selected))

    def set_tension(self, tension: float) -> None:
        """Give the selected keys a tension, −1 … 1; without a selection, the path."""
        if self._selected:
            self._change_selected(
                "Tension", lambda key: replace(key, tension=tension), ("tension", self._selected)
            )
        else:
            path = replace(self._path, tension=tension)
            self.change("Tension of the path", path, gesture="tension")

    def set_ease(self, ease: float) -> None:
        """Let the camera come to rest at the selected keys, 0 … 1."""
        self._change_selected("Ease", lambda key: replace(key, ease=ease), ("ease", self._selected))

    def set_loop(self, loop: bool) -> None:
        """Let the path come back to its first key, or end at its last."""
        self.change("Loop", replace(self._path, loop=loop))

    def set_fps(self, fps: float) -> None:
        """Take another number of frames a second."""
        self.change("Frames a second", replace(self._path, fps=fps), gesture="fps")

    def set_seconds(self, seconds: float) -> None:
        """Stretch or squeeze the whole path."""
        path = self._path.with_seconds(max(seconds, SHORTEST_PATH))
        self.change("Duration", path, gesture="duration")

    def reverse(self) -> None:
        """Go the same way backwards."""
        self.change("Reverse", self._path.reversed(), ())

    def replace_keys(self, what: str, path: CameraPath) -> None:
        """Take the keys of `path`; frames a second and size of the video stay."""
        kept = replace(path, fps=self._path.fps, size=self._path.size)
        self.change(what, kept, ())
        self.set_playhead(0.0)

    # Files

    def begin_anew(self) -> None:
        """Start an empty path without a file; undo brings the former back."""
        self.change("New path", EMPTY_PATH, ())
        self._set_file(None)

    def load(self, path: CameraPath, file: Path | None) -> None:
        """Take a path that was read from `file`; undo brings the former back.

        Args:
            file: where saving goes to; None for what cannot be written back as it was.
        """
        name = file.name if file else "a path"
        self.change(f"Open {name}", path, ())
        self.set_playhead(0.0)
        self._set_file(file)
        self.undo_stack.setClean()
        self.saved_changed.emit()

    def mark_saved(self, path: CameraPath, file: Path) -> None:
        """Know that `file` has `path`."""
        self._set_file(file)
        if path == self._path:
            self.undo_stack.setClean()
        self.saved_changed.emit()

    def _tell_saved(self, _: bool) -> None:
        self.saved_changed.emit()

    def _set_file(self, file: Path | None) -> None:
        self._file = file
        self.saved_changed.emit()

    def _place_for_key(self) -> float | None:
        path, on_key = self._path, self.key_at_playhead
        count = len(path.keyframes)
        if count == 0 or on_key == count - 1 or (on_key is None and self._playhead >= path.seconds):
            return None
        if on_key is not None:
            return (path.times[on_key] + path.times[on_key + 1]) / 2
        return self._playhead

    def _change_selected(
        self, what: str, edit: Callable[[Keyframe], Keyframe], gesture: Hashable
    ) -> None:
        path = self._path
        for index in self._selected:
            path = path.replaced(index, edit(path.keyframes[index]))
        self.change(what, path, gesture=gesture)

    def _show(self, path: CameraPath, selected: tuple[int, ...]) -> None:
        self._path = path
        self.path_changed.emit(path)
        self.set_playhead(self._playhead)
        self.select(selected)


class _Change(QUndoCommand):
    """From the path there was to another."""

    def __init__(
        self,
        editor: PathEditor,
        what: str,
        after: CameraPath,
        selected: tuple[int, ...],
        gesture: Hashable,
    ) -> None:
        super().__init__(what)
        self._editor = editor
        self._gesture = gesture
        self._before = editor.path, editor.selected
        self._after = after, selected

    def id(self) -> int:
        """Commands of one number may become one."""
        return -1 if self._gesture is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Be one with the next change of the same gesture."""
        assert isinstance(other, _Change)
        if other._gesture != self._gesture:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        """Make the change."""
        self._editor._show(*self._after)

    def undo(self) -> None:
        """Take it back."""
        self._editor._show(*self._before)


def _counted(what: str, count: int) -> str:
    return f"{what} a key" if count == 1 else f"{what} {count} keys"
