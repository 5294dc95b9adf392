"""What a run keeps of its capture: the content by which it knows it, and the views it holds out.

Both are written when the run begins. Going on with another capture, or with one that was imported
again, would train on with another grid or other cameras; choosing views anew could validate on
views that were trained on.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from dvox_core.atomic_files import write_text
from dvox_core.data.capture import Capture
from dvox_core.training.run.json_types import require_types
from dvox_core.training.run.run_directory import RunDirectory, RunError

FORMAT = 1


@dataclass(frozen=True)
class CaptureFingerprint:
    """A capture's content, wherever its folder lies: a digest of each part, in the views' order.

    Attributes:
        pictures: the files' bytes.
        cameras: poses and intrinsics.
        grid: its placement, and the near plane.
        split: names of the views, and which train, validate and test.
    """

    pictures: str
    cameras: str
    grid: str
    split: str

    @classmethod
    def of(cls, capture: Capture) -> "CaptureFingerprint":
        """Read every picture's bytes once.

        Raises:
            RunError: a picture cannot be read.
        """
        intrinsics, placement = capture.intrinsics, capture.placement
        return cls(
            pictures=_digest(_picture_bytes(capture)),
            cameras=_digest(
                [
                    repr(asdict(intrinsics)).encode(),
                    *(view.camera.camera_to_world.tobytes() for view in capture.views),
                ]
            ),
            grid=_digest([repr((placement.center, placement.scale, capture.near_plane)).encode()]),
            split=_digest(f"{view.split}/{view.name}\n".encode() for view in capture.views),
        )

    def differences(self, other: "CaptureFingerprint") -> list[str]:
        """What differs, for people."""
        ours, theirs = asdict(self), asdict(other)
        return [name for name in ours if ours[name] != theirs[name]]


@dataclass(frozen=True)
class RunCapture:
    """The content of a run's capture.json.

    Attributes:
        held_out: file names of the training views that validate this run instead.
    """

    fingerprint: CaptureFingerprint
    held_out: tuple[str, ...]

    def write(self, directory: RunDirectory) -> None:
        """Write capture.json."""
        content = {"format": FORMAT, **asdict(self)}
        write_text(directory.capture_path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, directory: RunDirectory) -> "RunCapture | None":
        """What `write` wrote; None where the run has not begun.

        Raises:
            RunError: of a newer version, or broken.
        """
        path = directory.capture_path
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if int(content["format"]) > FORMAT:
                raise RunError(
                    f"{path}: was written by a newer version of this program; update the program"
                )
            found = cls(CaptureFingerprint(**content["fingerprint"]), tuple(content["held_out"]))
            require_types(found)
            require_types(found.fingerprint)
        except FileNotFoundError:
            return None
        except (OSError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise RunError(
                f"{path}: is broken ({type(error).__name__}: {error}); start a new run"
            ) from error
        return found

    def require(self, capture: Capture, directory: RunDirectory) -> None:
        """Refuse another capture than the one that the run was begun on.

        Raises:
            RunError: it differs.
        """
        differences = self.fingerprint.differences(CaptureFingerprint.of(capture))
        if differences:
            raise RunError(
                f"{directory.path}: was begun on another capture than “{capture.name}” "
                f"(other {' and '.join(differences)}), which a run keeps; give the capture it was "
                "begun on, as it was then, or start a new run"
            )


def _picture_bytes(capture: Capture) -> Iterable[bytes]:
    for view in capture.views:
        try:
            yield view.picture_path.read_bytes()
        except OSError as error:
            raise RunError(
                f"{view.picture_path}: cannot be read ({error.strerror or error}); "
                "put the picture there again"
            ) from error


def _digest(parts: Iterable[bytes]) -> str:
    """Of the parts and of where each ends."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()
