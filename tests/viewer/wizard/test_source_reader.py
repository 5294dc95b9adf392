"""Reading sources and their pictures."""

from viewer.wizard.source_reader import load_thumbnails


def silent(fraction: float, text: str) -> None:
    """No progress."""


def test_thumbnails_tell_which_pictures_are_broken(found_dots):
    found_dots.survey.views[3].picture_path.write_bytes(b"no picture")
    thumbnails = load_thumbnails(found_dots, 48, silent)
    assert len(thumbnails) == 12
    broken = [thumbnail.index for thumbnail in thumbnails if thumbnail.problem]
    assert broken == [3]
    assert "save it as PNG or JPEG" in thumbnails[3].problem
    assert (thumbnails[0].image.width(), thumbnails[0].image.height()) == (80, 60)
