"""What PySide6 must not do to Python."""

import sys

import pytest

from viewer.state.viewer_state import ViewerState


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="True and None live for ever since 3.12")
def test_signals_and_qt_calls_give_back_the_references_they_take(qapp):
    """PySide6 6.12.0 takes one of True a signal: some 600 signals later Python aborts."""
    state = ViewerState()
    true_before, none_before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(100):
        state.pivot_changed.emit(None)
        state.blockSignals(False)
    assert sys.getrefcount(True) > true_before - 50
    assert sys.getrefcount(None) > none_before - 50
