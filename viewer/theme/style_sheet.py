"""The application's style sheet, written from the tokens.

Widgets ask for a look by a dynamic property: `role` on labels ("heading", "caption", "muted",
"value", "section"), on buttons ("primary", "quiet", "card") and on frames ("card", "bar").
"""

from pathlib import Path

from viewer.theme.tokens import CARD_RADIUS, CORNER_RADIUS, Theme, mixed

ICONS = Path(__file__).resolve().parents[2] / "assets" / "icons"


def icon_path(name: str, theme: Theme) -> str:
    """The file of a themed icon, as style sheets write it."""
    return (ICONS / f"{name}-{theme.name}.svg").as_posix()


def style_sheet(theme: Theme) -> str:
    """The whole style sheet for `theme`."""
    hovered = mixed(theme.raised, theme.text, 0.07)
    pressed = mixed(theme.raised, theme.background, 0.5)
    handle = mixed(theme.line, theme.muted, 0.35)
    names = {
        **vars(theme),
        "hovered": hovered,
        "pressed": pressed,
        "handle": handle,
        "accent_hovered": mixed(theme.accent, theme.text, 0.15),
        "accent_pressed": mixed(theme.accent, theme.background, 0.2),
        "tinted": mixed(theme.panel, theme.accent, 0.14),
        "corner": f"{CORNER_RADIUS}px",
        "card_corner": f"{CARD_RADIUS}px",
        "chevron_down": icon_path("chevron-down", theme),
        "chevron_up": icon_path("chevron-up", theme),
        "chevron_right": icon_path("chevron-right", theme),
        "check": icon_path("check", theme),
    }
    sheet = _SHEET
    # Longest names first: @line must not eat the start of a longer name.
    for name in sorted(names, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}", str(names[name]))
    return sheet


_SHEET = """
QMainWindow, QDialog { background: @background; }
QMainWindow::separator { background: @line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: @accent; }
QToolTip {
    background: @raised; color: @text; border: 1px solid @line; padding: 4px 6px;
}

QMenuBar { background: @panel; color: @muted; border-bottom: 1px solid @line; padding: 2px 4px; }
QMenuBar::item { background: transparent; padding: 5px 8px; border-radius: 4px; }
QMenuBar::item:selected { background: @raised; color: @text; }
QMenuBar::item:pressed { background: @raised; color: @text; }
QMenu { background: @panel; color: @text; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: @raised; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QMenu::indicator:checked { image: url(@check); background: @accent; border-radius: 3px; }
QMenu::right-arrow { image: url(@chevron_right); width: 12px; height: 12px; right: 8px; }

QStatusBar { background: @panel; color: @muted; border-top: 1px solid @line; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted; }
QStatusBar QPushButton[role="sign"] {
    background: transparent; border: 1px solid transparent; color: @muted; padding: 0 4px;
    min-height: 14px;
}
QStatusBar QPushButton[role="sign"]:hover { color: @text; }
QStatusBar QPushButton[role="sign"]:focus { border-color: @accent; }

QDockWidget { color: @text; }
QDockWidget > QWidget { background: @panel; }
QMainWindow > QTabBar { background: @panel; }
QTabBar { background: @panel; border-bottom: 1px solid @line; qproperty-drawBase: 0; }
QTabBar::tab {
    background: @panel; color: @muted; padding: 9px 8px 8px 8px;
    border: none; border-bottom: 1px solid @line;
}
QTabBar::tab:selected {
    color: @text; padding-bottom: 7px; border-bottom: 2px solid @accent;
}
QTabBar::tab:hover:!selected { color: @text; }
QTabBar::tab:focus { color: @accent; }

QWidget#dockTitle { background: @panel; border-bottom: 1px solid @line; }
QLabel#dockTitleTab {
    padding: 9px 8px 7px 8px; border-bottom: 2px solid @accent; color: @text;
}
QLabel#brand { font-weight: 600; color: @text; padding: 0 8px 0 12px; }
QLabel#sceneTitle { color: @muted; padding: 0 12px; }
QScrollArea#welcome, QScrollArea#welcome > QWidget > QWidget { background: @background; }

QPushButton, QToolButton {
    background: @raised; color: @text; border: 1px solid @line; border-radius: @corner;
    padding: 5px 12px; min-height: 16px;
}
QToolButton { padding: 5px 8px; }
QPushButton:hover, QToolButton:hover { background: @hovered; }
QPushButton:pressed, QToolButton:pressed { background: @pressed; }
QPushButton:focus, QToolButton:focus { border-color: @accent; }
QPushButton:disabled, QToolButton:disabled { color: @faint; background: transparent; }
QPushButton:checked, QToolButton:checked {
    background: @accent; color: @on_accent; border-color: @accent;
}
QPushButton:checked:focus, QToolButton:checked:focus { border-color: @text; }
QPushButton[role="primary"] {
    background: @accent; color: @on_accent; border-color: @accent; font-weight: 600;
}
QPushButton[role="primary"]:hover { background: @accent_hovered; }
QPushButton[role="primary"]:pressed { background: @accent_pressed; }
QPushButton[role="primary"]:focus { border: 1px solid @text; }
QPushButton[role="primary"]:disabled {
    background: @raised; color: @faint; border-color: @line;
}
QPushButton[role="quiet"], QToolButton[role="quiet"] {
    background: transparent; border-color: transparent; color: @muted;
}
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover {
    background: @raised; color: @text;
}
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus { border-color: @accent; }
QPushButton[role="quiet"]:disabled, QToolButton[role="quiet"]:disabled { color: @faint; }
QToolButton[role="quiet"] { padding: 3px; }
QToolButton[role="quiet"]::menu-indicator { image: none; }
QToolButton[role="menu"] { padding-right: 24px; }
QToolButton[role="menu"]::menu-indicator {
    image: url(@chevron_down); width: 12px; height: 12px;
    subcontrol-position: right center; subcontrol-origin: border; right: 7px;
}

QLineEdit, QSpinBox, QDoubleSpinBox, QPlainTextEdit, QTextEdit, QComboBox {
    background: @raised; color: @text; border: 1px solid @line; border-radius: @corner;
    padding: 4px 8px; min-height: 18px;
    selection-background-color: @accent; selection-color: @on_accent;
}
QLineEdit QToolButton {  /* its sign that clears it: no button of its own height */
    background: transparent; border: none; padding: 0; min-height: 0;
}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus,
QComboBox:focus { border-color: @accent; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {
    color: @faint; background: transparent; border-style: dashed;
}
QSpinBox, QDoubleSpinBox { padding: 3px 8px; min-height: 17px; }  /* as high as the others */
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url(@chevron_down); width: 12px; height: 12px; }
QComboBox:hover { background: @hovered; }
QComboBox QAbstractItemView {
    background: @panel; color: @text; border: 1px solid @line; padding: 4px; outline: none;
    selection-background-color: @raised; selection-color: @text;
}
QSpinBox::up-button, QDoubleSpinBox::up-button,
QSpinBox::down-button, QDoubleSpinBox::down-button { border: none; width: 18px; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(@chevron_up); width: 12px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(@chevron_down); width: 12px; }
QDoubleSpinBox[role="plain"] { padding: 3px 6px; }
QDoubleSpinBox[role="plain"]::up-button, QDoubleSpinBox[role="plain"]::down-button,
QDoubleSpinBox[role="plain"]::up-arrow, QDoubleSpinBox[role="plain"]::down-arrow {
    width: 0; height: 0; image: none;
}

QCheckBox, QRadioButton { color: @text; spacing: 8px; }
QCheckBox:disabled, QRadioButton:disabled { color: @faint; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 14px; height: 14px; border: 1px solid @handle; background: @raised;
}
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked { image: url(@check); background: @accent; border-color: @accent; }
QRadioButton::indicator:checked { background: @accent; border: 4px solid @raised; }
QCheckBox::indicator:checked:disabled { background: @handle; border-color: @handle; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: @accent; }
QCheckBox::indicator:checked:focus, QRadioButton::indicator:checked:focus { border-color: @text; }

QSlider::groove:horizontal { background: @line; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QRangeSlider { qproperty-barColor: @accent; }
QSlider::handle:horizontal {
    background: #ffffff; border: 1px solid @line; width: 12px; height: 12px; margin: -5px 0;
    border-radius: 7px;
}
QSlider::handle:horizontal:focus { border: 2px solid @accent; width: 10px; height: 10px; }

QSlider::handle:horizontal:disabled { background: @handle; }
QSlider::sub-page:horizontal:disabled { background: @line; }

QProgressBar {
    background: @raised; border: none; border-radius: 2px; max-height: 4px; min-height: 4px;
}
QProgressBar::chunk { background: @accent; border-radius: 2px; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: @handle; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QListView, QTreeView, QTableView {
    background: @raised; color: @text; border: 1px solid @line; border-radius: @corner;
    outline: none; padding: 2px;
    selection-background-color: @tinted; selection-color: @text;
}
QListView::item, QTreeView::item, QTableView::item { padding: 3px 6px; border-radius: 4px; }
QListView::item:hover, QTreeView::item:hover { background: @hovered; }
QListView::item:selected, QTreeView::item:selected { background: @tinted; color: @text; }
QListView::indicator {
    width: 14px; height: 14px; border: 1px solid @handle; border-radius: 4px; background: @panel;
}
QListView::indicator:checked {
    image: url(@check); background: @accent; border-color: @accent;
}
QListView:focus, QTreeView:focus, QTableView:focus { border-color: @accent; }
QHeaderView::section {
    background: @panel; color: @muted; border: none; border-bottom: 1px solid @line;
    padding: 4px 8px;
}

QLabel { background: transparent; color: @text; }
QLabel[role="heading"] { font-size: 18px; font-weight: 600; }
QLabel[role="section"] { font-weight: 600; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="caption"] { color: @muted; font-size: 11px; }
QLabel[role="faint"] { color: @faint; }
QLabel[role="error"] { color: @red; }
QLabel[role="keys"] {
    color: @text; background: @raised; border: 1px solid @line; border-radius: 4px;
    padding: 1px 6px; font-size: 11px;
}
QFrame[role="card"] {
    background: @panel; border: 1px solid @line; border-radius: @card_corner;
}
QFrame[role="bar"] { background: @panel; }
QFrame#wizardBar { border-top: 1px solid @line; }
QFrame#wizardPages { border-right: 1px solid @line; }
QFrame[role="line"] { background: @line; border: none; max-height: 1px; min-height: 1px; }
QGroupBox {
    border: none; border-top: 1px solid @line; margin-top: 8px; padding-top: 12px;
    font-weight: 600;
}
QGroupBox::title { subcontrol-origin: margin; left: 0; padding-right: 8px; }
"""
