"""Masks by a package that is optional: how it is called, and what is said where it fails."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from dvox_core.errors import CaptureError
from dvox_core.radiance_field.rembg_masks import mask_by_rembg
from tests.helpers.room import room_capture


def silent(done: int, total: int, what: str) -> None:
    """No progress."""


def install(monkeypatch: pytest.MonkeyPatch, new_session, remove=None) -> None:
    package = SimpleNamespace(new_session=new_session, remove=remove)
    monkeypatch.setitem(sys.modules, "rembg", package)


def test_pictures_are_masked_one_by_one_as_they_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_capture(tmp_path / "room", views=2)
    picture = tmp_path / "room" / "train" / "rgb" / "000000.png"
    turned = Image.open(picture)
    turned.getexif()[0x0112] = 6
    turned.save(picture, exif=turned.getexif())
    sessions = []

    def new_session(model: str) -> str:
        sessions.append(model)
        return f"session of {model}"

    def remove(data: Image.Image, *, session: str, only_mask: bool) -> Image.Image:
        assert (session, only_mask) == ("session of u2net", True)
        assert data.getexif().get(0x0112, 1) == 1
        mask = Image.new("L", data.size)
        mask.paste(255, (0, 0, 16, 64))
        return mask

    install(monkeypatch, new_session, remove)
    report = mask_by_rembg(tmp_path / "room", tmp_path / "masked", silent, "black")
    assert sessions == ["u2net"]
    assert report.shares == (0.25, 0.25, 0.25)
    masked = np.asarray(Image.open(tmp_path / "masked" / "train" / "rgb" / "000000.png"))
    assert not masked[:, 20:].any()
    np.testing.assert_array_equal(masked[:, :14], np.asarray(turned)[:, :14])


def test_what_is_missing_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_capture(tmp_path / "room", views=2)

    def offline(model: str) -> None:
        raise ConnectionError("no route to the model\nand more")

    install(monkeypatch, offline)
    with pytest.raises(CaptureError, match=r"model u2net cannot be loaded \(no route to the mode"):
        mask_by_rembg(tmp_path / "room", tmp_path / "masked", silent, "white")

    # The package without its runtime says so by ending the program.
    (tmp_path / "rembg.py").write_text("import sys\nsys.exit(1)\n")
    monkeypatch.delitem(sys.modules, "rembg")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CaptureError, match=r"rembg is not installed; run: .*rembg\[cpu\]"):
        mask_by_rembg(tmp_path / "room", tmp_path / "masked", silent, "white")
    assert not (tmp_path / "masked").exists()
