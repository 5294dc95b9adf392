"""The words for connections."""

from dvox_core.remote.link import LinkFigures, LinkState
from viewer.text.remote import frame_text, line_text, lost_text


def test_a_line_is_told_in_three_figures_and_a_frame_by_its_quality() -> None:
    figures = LinkFigures("box", True, 82.4, 1_230_000.0, 2, 16_300, "JPEG 90")
    assert line_text(figures) == "box · 82 ms · 1.2 Mbit/s"
    assert frame_text(figures) == "16.3 kB a frame, JPEG 90, 2 under way"
    assert line_text(LinkFigures("box", True, None, 0.0, 0, 0, "")) == "box · – ms · 0.0 Mbit/s"
    assert frame_text(LinkFigures("box", True, None, 0.0, 0, 0, "")) == ""


def test_a_lost_line_says_when_it_is_tried_again() -> None:
    assert line_text(LinkFigures("box", False, None, 0.0, 0, 9, "")) == "box · connection lost"
    lost = LinkState("box", False, "box: the connection broke off", 4.0)
    assert lost_text(lost) == "box: connection lost, trying again in 4 s"
    now = LinkState("box", False, "box: the connection broke off")
    assert lost_text(now) == "box: connection lost, trying again now"
