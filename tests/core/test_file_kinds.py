"""What a file is, by its first bytes."""

import io

import pytest
from PIL import Image

from dvox_core.errors import UserError
from dvox_core.file_kinds import kind_of, kind_of_head

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


def picture(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "empty"),
        (LFS, "git lfs pull"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b"ply\nformat ascii 1.0\n", "PLY"),
        (picture("PNG"), "PNG"),
        (picture("JPEG"), "JPEG"),
        (picture("WEBP"), "WebP"),
        (picture("TIFF"), "TIFF"),
        (bytes(100), "zeros"),
    ],
)
def test_kinds_are_told(head, words, tmp_path):
    assert words in kind_of_head(head)
    (tmp_path / "file").write_bytes(head)
    assert words in kind_of(tmp_path / "file")


def test_what_is_not_known_is_not_guessed(tmp_path):
    assert kind_of_head(b"1 0 0 0\n") == ""
    assert kind_of(tmp_path / "missing") == ""


def test_an_error_is_one_line_whatever_a_file_put_into_it():
    assert str(UserError("a\nb\r\x1b[31mc\u2028d\udccfe “ü”")) == "a b [31mc d e “ü”"
