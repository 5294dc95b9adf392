"""What the status bar says."""


def test_a_late_frame_is_said_in_the_status_bar(open_window, renderers, qtbot):
    renderers.newest.gate.clear()
    open_window.views.step(1)
    qtbot.waitUntil(lambda: open_window.status.state_label.text() == "Rendering…")
    renderers.newest.gate.set()
    qtbot.waitUntil(lambda: open_window.status.state_label.text() == "Ready")


def test_the_status_hint_gives_way_before_anything_is_cut(open_window, qtbot):
    for width in (760, 900, 1440):
        open_window.resize(width, 600)
        qtbot.wait(30)
        label = open_window.status.hint_label
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    open_window.resize(900, 600)
    open_window.status.show_upgrading("measuring renderers")  # what stands beside it grows
    qtbot.wait(30)
    assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    assert open_window.status.hint.endswith("F1 shortcuts")
