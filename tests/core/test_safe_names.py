"""Names out of files, made into file names."""

import os
from pathlib import Path

import pytest

from dvox_core.safe_names import safe_file_name, safe_file_names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("000012", "000012"),
        ("photo 1.left", "photo_1.left"),
        ("../../etc/passwd", "etc_passwd"),
        ("/etc/.hidden", "etc_.hidden"),
        ("C:\\Windows\\a", "C_Windows_a"),
        ("..", "view"),
        ("", "view"),
        ("a\0b\nc", "a_b_c"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Möwe", "Möwe"),
    ],
)
def test_names_become_one_file_of_this_folder(name, expected, tmp_path):
    safe = safe_file_name(name)
    assert safe == expected
    (tmp_path / safe).write_text("")
    assert Path(os.path.realpath(tmp_path / safe)).parent == tmp_path.resolve()


def test_long_names_fit_on_a_disk(tmp_path):
    (tmp_path / f"{safe_file_name('ä' * 5000)}.png").write_text("")


def test_names_that_would_be_one_become_numbers():
    assert safe_file_names(["a", "b"]) == ["a", "b"]
    assert safe_file_names(["a/b", "a_b"]) == ["000000", "000001"]
    assert safe_file_names(["View", "view"]) == ["000000", "000001"]
