"""Photos and videos without cameras: these are found by structure from motion, and kept."""

from pathlib import Path

from dvox_core.data.photo_files import photos_in
from dvox_core.data.source import Progress, Source
from dvox_core.data.structure_from_motion import cameras_of, forget_cameras

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".gif")


class PhotoFolder:
    """A folder of photos from all around, of one camera or several."""

    name = "photos"

    def recognises(self, path: Path) -> bool:
        """Whether the folder, or images/ in it, holds pictures."""
        return path.is_dir() and bool(photos_in(path))

    def read(self, path: Path, workspace: Path, progress: Progress) -> Source:
        """Find the photos' cameras, or take those that were found before."""
        return cameras_of(path, photos_in(path), self.name, workspace, progress)


class Video:
    """A video taken while walking around the scene."""

    name = "video"

    def recognises(self, path: Path) -> bool:
        """Whether the file's ending is a video's."""
        return path.is_file() and path.suffix.lower() in VIDEO_ENDINGS

    def read(self, path: Path, workspace: Path, progress: Progress) -> Source:
        """Find the cameras of sharp frames, or take those that were found before."""
        return cameras_of(path, [path], self.name, workspace, progress)


def find_cameras_again(path: Path) -> None:
    """Have the cameras of photos or of a video found anew, though they are kept."""
    if Video().recognises(path):
        forget_cameras(path, [path])
    elif PhotoFolder().recognises(path):
        forget_cameras(path, photos_in(path))
