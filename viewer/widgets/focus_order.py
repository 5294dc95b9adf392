"""The order in which Tab goes through a window: what is in view, top to bottom."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

ROW_PX = 12
"""Widgets whose upper edges differ by less stand in one row, and are gone through from the left."""


def next_stop(
    areas: Sequence[QWidget], focused: QWidget | None, *, forward: bool
) -> QWidget | None:
    """The widget that has the keys next; None where nothing in view takes them.

    Args:
        areas: in the order in which they are gone through; around the end it begins anew.
        focused: what has the keys now.
    """
    step = 1 if forward else -1
    begin = next((n for n, area in enumerate(areas) if _is_in(area, focused)), None)
    if begin is None:
        order = list(areas) if forward else list(areas)[::-1]
    else:
        stops = tab_stops(areas[begin])
        if focused in stops:
            place = stops.index(focused) + step
            if 0 <= place < len(stops):
                return stops[place]
        order = [areas[(begin + step * n) % len(areas)] for n in range(1, len(areas) + 1)]
    for area in order:
        stops = tab_stops(area)
        if stops:
            return stops[0 if forward else -1]
    return None


def tab_through(window: QWidget, areas: Sequence[QWidget], *, forward: bool) -> bool:
    """Give the keys to the next stop of a window's areas; False where there is none."""
    stop = next_stop(areas, window.focusWidget(), forward=forward)
    if stop is not None:
        focus_by_tab(stop, forward=forward)
    return stop is not None


def tab_stops(area: QWidget) -> list[QWidget]:
    """What takes the keys by Tab in an area, top to bottom, and in a row from the left."""
    window = area.window()  # dialogs over it are children too
    found = [
        widget
        for widget in (area, *area.findChildren(QWidget))
        if _is_stop(widget) and widget.window() is window
    ]
    places = {widget: widget.mapTo(area, QPoint()) for widget in found}
    found.sort(key=lambda widget: (places[widget].y(), places[widget].x()))
    rows: list[list[QWidget]] = []
    for widget in found:
        if rows and places[widget].y() - places[rows[-1][0]].y() < ROW_PX:
            rows[-1].append(widget)
        else:
            rows.append([widget])
    return [w for row in rows for w in sorted(row, key=lambda widget: places[widget].x())]


def focus_by_tab(widget: QWidget, *, forward: bool) -> None:
    """Give a widget the keys, and scroll to it."""
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    widget.setFocus(reason)
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()


def _is_in(area: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (area is widget or area.isAncestorOf(widget))


def _is_stop(widget: QWidget) -> bool:
    return (
        bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)
        and widget.isVisible()
        and widget.isEnabled()
        and widget.focusProxy() is None
        and not widget.size().isEmpty()
    )
