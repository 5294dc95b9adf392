"""Files that cannot be opened: one clear line in the window, and the former scene stays."""

import json
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from tests.helpers.fakes import fake_opener
from viewer.workers.rendering.scene_opener import read_scene

REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "reference" / "lego128"
INTRINSICS = "525 256 256 0.\n0 0 0\n0.\n1.0\n512 512\n"


class Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (open, (str(self.target), "w"))


def _not_a_checkpoint(folder):
    path = folder / "notes.pth"
    path.write_text("these are my notes")
    return path, "notes.pth"


def _empty(folder):
    path = folder / "empty.pth"
    path.write_bytes(b"")
    return path, "empty.pth"


def _truncated_zip(folder):
    path = folder / "cut.pth"
    with zipfile.ZipFile(path, "w") as stream:
        stream.writestr("archive/data.pkl", b"x" * 5000)
    path.write_bytes(path.read_bytes()[:2000])
    return path, "cut.pth"


def _payload(folder):
    path = folder / "evil.pth"
    with zipfile.ZipFile(path, "w") as stream:
        stream.writestr("archive/data.pkl", pickle.dumps(Payload(folder / "it_ran")))
        stream.writestr("archive/version", "3\n")
    return path, "evil.pth"


def _old_payload(folder):
    path = folder / "evil_old.pth"
    path.write_bytes(pickle.dumps(Payload(folder / "it_ran")))
    return path, "evil_old.pth"


def _newer_scene(folder):
    path = folder / "newer.dvox"
    metadata = {"format": "dvox", "version": "999", "scene": "{}"}
    header = json.dumps({"__metadata__": metadata}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path, "newer version"


def _truncated_scene(folder):
    path = folder / "cut.dvox"
    path.write_bytes(struct.pack("<Q", 10_000) + b'{"__metadata__":')
    return path, "cut.dvox"


def _missing(folder):
    return folder / "gone.dvox", "not found"


def _folder_without_a_scene(folder):
    path = folder / "run"
    path.mkdir()
    return path, "run"


CASES = [
    _not_a_checkpoint,
    _empty,
    _truncated_zip,
    _payload,
    _old_payload,
    _newer_scene,
    _truncated_scene,
    _missing,
    _folder_without_a_scene,
]


@pytest.fixture
def open_real_files(make_window, qtbot, tmp_path):
    """A window with a scene in memory that opens files as the program does."""

    def opener(path, intrinsics, progress):
        opens = fake_opener if path.name == "former.dvox" else read_scene
        return opens(path, intrinsics, progress)

    window = make_window(opener)
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(tmp_path / "former.dvox")
    return window


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__.strip("_"))
def test_a_bad_file_is_one_line_and_the_former_scene_stays(open_real_files, qtbot, tmp_path, case):
    window = open_real_files
    former, frame = window.state.scene, window.state.frame
    (tmp_path / "intrinsics.txt").write_text(INTRINSICS)
    path, says = case(tmp_path)
    with qtbot.waitSignal(window.session.open_failed):
        window.files.open(path)
    (message,) = window.notifications.messages
    assert message.is_error
    assert says in message.text
    assert "\n" not in message.text
    assert "log" not in message.text  # it is the file's fault, and the line says all
    assert window.state.scene is former
    assert window.state.frame is frame
    assert [scene.path.name for scene in window.recent_files.scenes] == ["former.dvox"]
    assert not (tmp_path / "it_ran").exists()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("525 256 256 0.\n0 0 0\n", "of 5"),
        ("hello 256 256 0.\n0 0 0\n0.\n1.0\n512 512\n", "hello"),
        ("0 256 256 0.\n0 0 0\n0.\n1.0\n512 512\n", "focal"),
        ("nan 256 256 0.\n0 0 0\n0.\n1.0\n512 512\n", "finite"),
    ],
    ids=["missing lines", "text", "zero", "nan"],
)
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference data are not on this machine")
def test_a_bad_intrinsics_file_is_one_line(open_real_files, qtbot, tmp_path, lines, says):
    window, former = open_real_files, open_real_files.state.scene
    (tmp_path / "intrinsics.txt").write_text(lines)
    with qtbot.waitSignal(window.session.open_failed):
        window.files.open(REFERENCE / "checkpoint.pth", tmp_path / "intrinsics.txt")
    text = window.notifications.messages[-1].text
    assert says in text
    assert "intrinsics.txt" in text
    assert "\n" not in text
    assert window.state.scene is former
