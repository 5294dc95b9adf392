"""Tells the window how the connections to other machines stand, and copies the watched run."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from dvox_core.model.scene import Scene
from dvox_core.remote.link import LINKS, Link, LinkFigures, LinkState
from dvox_core.remote.run_mirror import RunMirrorThread, is_mirror
from dvox_core.remote.scene import remote_scene


class RemoteLinks(QObject):
    """Lives on the window's thread. Its connections end with it."""

    state_changed = Signal(object)  # LinkState
    run_troubled = Signal(str)  # one line; '' when it is over

    _reported = Signal(object)  # from a link's thread: LinkState
    _troubled = Signal(str)  # from the thread that copies a run

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stopped = False
        self._mirror: RunMirrorThread | None = None
        self._former: list[RunMirrorThread] = []
        self._reported.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._troubled.connect(self._on_trouble, Qt.ConnectionType.QueuedConnection)
        LINKS.listener = self._listen

    def follow_run(self, folder: Path | None) -> None:
        """Keep the copy of this run up to date, if it is one, and no other."""
        if self._mirror is not None:
            self._mirror.cancel()
            self._former = [one for one in (*self._former, self._mirror) if one.running]
            self._mirror = None
        if folder is not None and not self._stopped and is_mirror(folder):
            self._mirror = RunMirrorThread(folder, self._troubled.emit)

    def stop(self) -> None:
        """Send nothing more; end every connection and its process, and wait for the threads."""
        self._stopped = True
        LINKS.listener = lambda _, __: None
        self.follow_run(None)
        LINKS.close()  # whoever waits for an answer is told
        for mirror in self._former:
            mirror.stop()
        LINKS.close()  # one that was connecting meanwhile

    def _listen(self, _: Link, state: LinkState) -> None:
        if not self._stopped:
            self._reported.emit(state)

    def _deliver(self, state: LinkState) -> None:
        if not self._stopped:
            self.state_changed.emit(state)

    def _on_trouble(self, line: str) -> None:
        if not self._stopped:
            self.run_troubled.emit(line)


def link_of(scene: Scene | None) -> Link | None:
    """The connection that a scene is rendered over; None for one of this machine."""
    remote = remote_scene(scene)
    return None if remote is None else remote.link


def figures_of(scene: Scene | None) -> LinkFigures | None:
    """What the connection of a scene measures; None for one of this machine."""
    link = link_of(scene)
    return None if link is None else link.figures
