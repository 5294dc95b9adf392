"""Panels: sections in a column, with lines between them."""

import pytest
from PySide6.QtWidgets import QFrame

from viewer.panels.panel import Panel, Section


@pytest.fixture
def panel(open_window, qtbot):
    """An empty panel in a window of its own."""
    panel = Panel(open_window.docks.panels["scene"].context)
    qtbot.addWidget(panel)
    return panel


def test_a_line_stands_between_sections_that_are_shown_and_nowhere_else(panel):
    first, second, third = (Section(title) for title in ("One", "Two", "Three"))
    second.hide()
    for section in (first, second, third):
        panel.add_section(section)
    panel.show()
    lines = [frame for frame in panel.findChildren(QFrame) if frame.property("role") == "line"]
    assert [line.isVisible() for line in lines] == [False, True]
    second.show()
    assert [line.isVisible() for line in lines] == [True, True]
    third.setVisible(False)
    assert [line.isVisible() for line in lines] == [True, False]
