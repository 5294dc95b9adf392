"""The training over time: a scrubber, the validation view against truth, and the grid's volumes."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QWidget,
)

from dvox_core.rendering import colormaps
from dvox_core.training.volumes import RESET_GATE, UPDATE_GATE
from viewer.panels.curve_plot import short_value, value_at
from viewer.panels.panel import IconButton, PanelContext, Section
from viewer.panels.training_facts import count
from viewer.panels.volume_views import AXES, brightest, cut
from viewer.state.training_state import RunPicture, RunVolumes, TrainingState
from viewer.theme import CAPTION_PX, CORNER_RADIUS, Space, ThemeManager, interface_font, tabular

PLAY_MS = 160
VOLUMES = {
    "grid_norm": "Grid: norm of the features",
    UPDATE_GATE: "Update gate: how far a step replaces a voxel",
    RESET_GATE: "Reset gate: how much of the old is seen",
}
GATES = (UPDATE_GATE, RESET_GATE)
"""Their range is 0…1; that of others is what there was."""


class Scrubber(QWidget):
    """Chooses one of the moments at which the run was scored; plays them; stays with the newest."""

    moment_chosen = Signal(int)  # step

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.steps: Sequence[int] = ()
        self.play = IconButton(themes, "play", "Play: show one moment after the other", "")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setToolTip(
            "The moment of the training. At the right end the newest is shown, and stays the "
            "newest. Double-click: the newest"
        )
        self.slider.setAccessibleName("Moment of the training")
        self.slider.wheelEvent = lambda event: event.ignore()
        self.slider.mouseDoubleClickEvent = lambda _: self.slider.setValue(self.slider.maximum())
        self.label = QLabel()
        self.label.setFont(tabular(interface_font()))
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.label.setMinimumWidth(self.label.fontMetrics().horizontalAdvance("step 0 000 000"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.CONTROL)
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        row.addWidget(self.label)
        self._player = QTimer(self, interval=PLAY_MS)
        self._player.timeout.connect(self._advance)
        self.play.clicked.connect(self._toggle)
        self.slider.valueChanged.connect(self._show)

    @property
    def step(self) -> int | None:
        """The chosen moment."""
        index = self.slider.value()
        return self.steps[index] if 0 <= index < len(self.steps) else None

    @property
    def is_playing(self) -> bool:
        """Whether it moves by itself."""
        return self._player.isActive()

    def show_steps(self, steps: Sequence[int]) -> None:
        """Offer these moments; the chosen one stays, the newest stays the newest."""
        before, was_newest = self.step, self.slider.value() >= self.slider.maximum()
        self.steps = tuple(steps)
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(self.steps) - 1))
        index = len(self.steps) - 1
        if not was_newest and before in self.steps:
            index = self.steps.index(before)
        self.slider.setValue(index)
        self.slider.blockSignals(False)
        if self.step != before:
            self._show()

    def stop(self) -> None:
        """Play no more."""
        self._player.stop()
        self.play.set_icon("play")
        self.play.setToolTip("Play: show one moment after the other")

    def _toggle(self) -> None:
        if self.is_playing:
            self.stop()
        elif len(self.steps) > 1:
            if self.slider.value() == self.slider.maximum():
                self.slider.setValue(0)
            self._player.start()
            self.play.set_icon("pause")
            self.play.setToolTip("Pause at this moment")

    def _advance(self) -> None:
        if self.slider.value() >= self.slider.maximum():
            self.stop()
        else:
            self.slider.setValue(self.slider.value() + 1)

    def _show(self) -> None:
        step = self.step
        self.label.setText("" if step is None else f"step {count(step)}")
        if step is not None:
            self.moment_chosen.emit(step)


class MomentsSection(Section):
    """What the network painted and what the grid held, from moment to moment."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Over time")
        self._link = context.training
        self._state: TrainingState = context.training.state
        self.scrubber = Scrubber(context.themes)
        self.pictures = {
            name: PictureView(context.themes, name, smooth=True)
            for name in ("Truth", "Network", "Difference")
        }
        self.grid = GridViews(context.themes)
        self.empty = QLabel(
            "At every validation one view is rendered and the grid is kept; both will be here. "
            "The first comes within a minute."
        )
        self._build()
        self._shown = False
        state = self._state
        self.scrubber.moment_chosen.connect(self._load)
        state.picture_steps_changed.connect(lambda _: self._show_steps())
        state.volume_steps_changed.connect(lambda _: self._show_steps())
        state.run_changed.connect(lambda _: self._forget())
        state.picture_changed.connect(self._show_picture)
        state.volumes_changed.connect(self._show_volumes)

    def _build(self) -> None:
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "muted")
        pictures = QHBoxLayout()
        pictures.setSpacing(Space.CONTROL)
        for view in self.pictures.values():
            pictures.addWidget(view, 1)
        self.column.addWidget(self.empty)
        self.column.addWidget(self.scrubber)
        self.column.addLayout(pictures)
        self.column.addWidget(self.grid)
        self._show_empty(True)

    def set_shown(self, shown: bool) -> None:
        """Load what is looked at, while it is looked at."""
        self._shown = shown
        if shown:
            self._show_steps()
            if self.scrubber.step is not None:
                self._load(self.scrubber.step)
        else:
            self.scrubber.stop()

    def _show_steps(self) -> None:
        if not self._shown:
            return
        steps = sorted({*self._state.picture_steps, *self._state.volume_steps})
        self._show_empty(not steps)
        self.scrubber.show_steps(steps)

    def _show_empty(self, is_empty: bool) -> None:
        self.empty.setVisible(is_empty)
        for part in (self.scrubber, *self.pictures.values(), self.grid):
            part.setVisible(not is_empty)

    def _load(self, step: int) -> None:
        """Ask for the newest picture and volumes that there were at a step."""
        if not self._shown:
            return
        for steps, request in (
            (self._state.picture_steps, self._link.request_picture),
            (self._state.volume_steps, self._link.request_volumes),
        ):
            earlier = [one for one in steps if one <= step]
            if earlier:
                request(earlier[-1])
        score = self._state.curves.curves.get("psnr")
        found = value_at(score.raw, step) if score else None
        self.set_remark(f"PSNR {found[1]:.2f} dB" if found else "")

    def _show_picture(self, picture: RunPicture) -> None:
        for name, array in (
            ("Truth", picture.truth),
            ("Network", picture.rendered),
            ("Difference", picture.difference),
        ):
            self.pictures[name].show_array(array)

    def _show_volumes(self, volumes: RunVolumes) -> None:
        ranges = {}
        for name in volumes.volumes:
            curve = self._state.curves.curves.get(f"{name} high")
            if curve is not None and len(curve.raw):
                ranges[name] = float(curve.raw.values.max())
        self.grid.show_volumes(volumes, ranges)

    def _forget(self) -> None:
        self.scrubber.stop()
        self.scrubber.show_steps(())
        self.set_remark("")
        for view in self.pictures.values():
            view.show_array(None)
        self.grid.clear()
        self._show_empty(True)


class GridViews(QWidget):
    """Three views of a volume: its brightest voxels along each axis, or cuts through one voxel."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._volumes: RunVolumes | None = None
        self._ranges: dict[str, float] = {}
        self.voxel = [0, 0, 0]  # z, y, x of the cuts
        self.what, self.how = QComboBox(), QComboBox()
        for text in ("Brightest", "Cuts"):
            self.how.addItem(text)
        self.how.setToolTip(
            "Brightest: the highest value along each axis.\n"
            "Cuts: one layer along each axis; click or drag in a picture to move the others"
        )
        self.what.setToolTip(
            "What is shown of the grid. Gates are there where the paper's recipe trains"
        )
        self.what.setAccessibleName("Volume")
        self.how.setAccessibleName("Kind of view")
        for box in (self.what, self.how):
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            box.wheelEvent = lambda event: event.ignore()
        self.what.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.views = [VolumeView(themes, axis) for axis in AXES]
        self.bar = RangeBar(themes)
        self.figures = QLabel()
        self.figures.setProperty("role", "caption")
        self.figures.setFont(tabular(interface_font(CAPTION_PX)))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, Space.LABEL, 0, 0)
        grid.setSpacing(Space.CONTROL)
        grid.addWidget(self.what, 0, 0, 1, 2)
        grid.addWidget(self.how, 0, 2)
        for column, view in enumerate(self.views):
            grid.addWidget(view, 1, column)
            grid.setColumnStretch(column, 1)
            view.pointed.connect(lambda row, col, axis=column: self._move(axis, row, col))
        grid.addWidget(self.bar, 2, 0, 1, 3)
        grid.addWidget(self.figures, 3, 0, 1, 3)
        self.what.activated.connect(lambda _: self._show())
        self.how.activated.connect(lambda _: self._show())

    def show_volumes(self, volumes: RunVolumes, ranges: dict[str, float]) -> None:
        """Show another moment; `ranges` has the highest value of each volume over all moments."""
        self._volumes, self._ranges = volumes, ranges
        names = [name for name in VOLUMES if name in volumes.volumes]
        names += [name for name in volumes.volumes if name not in VOLUMES]
        if names != [self.what.itemData(index) for index in range(self.what.count())]:
            chosen = self.what.currentData()
            self.what.clear()
            for name in names:
                self.what.addItem(VOLUMES.get(name, name), name)
            self.what.setCurrentIndex(max(0, self.what.findData(chosen)))
            side = next(iter(volumes.volumes.values())).shape[0] if names else 2
            self.voxel = [side // 2] * 3
        self._show()

    def clear(self) -> None:
        """Show nothing."""
        self._volumes = None
        self.what.clear()
        for view in self.views:
            view.show_values(None, 1.0, None, "")
        self.figures.setText("")

    def _show(self) -> None:
        name = self.what.currentData()
        if self._volumes is None or name not in self._volumes.volumes:
            return
        volume = self._volumes.volumes[name]
        highest = float(volume.max())
        top = 1.0 if name in GATES else max(self._ranges.get(name, highest), 1e-6)
        cuts = self.how.currentIndex() == 1
        for axis, view in enumerate(self.views):
            layer = self.voxel[axis]
            values = cut(volume, axis, layer) if cuts else brightest(volume, axis)
            cross = [self.voxel[other] for other in range(3) if other != axis] if cuts else None
            label = f"{AXES[axis]} = {layer}" if cuts else f"along {AXES[axis]}"
            view.show_values(values, top, cross, label)
        self.bar.show_range(0.0, top)
        self.figures.setText(
            f"mean {short_value(float(volume.mean()))}, highest {short_value(highest)}"
        )

    def _move(self, axis: int, row: int, column: int) -> None:
        """Cut where one pointed at in the view along `axis`."""
        first, second = (other for other in range(3) if other != axis)
        self.voxel[first], self.voxel[second] = row, column
        self.how.setCurrentIndex(1)
        self._show()


class PictureView(QWidget):
    """A square picture with its name under it."""

    def __init__(self, themes: ThemeManager, name: str, *, smooth: bool) -> None:
        super().__init__()
        self._themes, self._smooth = themes, smooth
        self.caption = name
        self.image: QImage | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(64)
        self.setAccessibleName(name)
        self.setFont(interface_font(CAPTION_PX))
        themes.theme_changed.connect(lambda _: self.update())

    def show_array(self, array) -> None:
        """Show [H, W, 3] uint8, or nothing."""
        self.image = None
        if array is not None:
            height, width = array.shape[:2]
            kind = QImage.Format.Format_RGB888
            self.image = QImage(array.data, width, height, 3 * width, kind).copy()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """It is square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The square and the caption."""
        return width + self.fontMetrics().height() + Space.LABEL

    def sizeHint(self) -> QSize:
        """Three fit into a panel."""
        return QSize(104, self.heightForWidth(104))

    @property
    def square(self) -> QRect:
        """Where the picture is."""
        return QRect(0, 0, self.width(), self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture and its name."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.viewport))
            painter.drawRoundedRect(self.square, CORNER_RADIUS, CORNER_RADIUS)
            if self.image is not None:
                hint = QPainter.RenderHint.SmoothPixmapTransform
                painter.setRenderHint(hint, self._smooth)
                painter.drawImage(self.square, self.image)
            self.paint_over(painter)
            painter.setPen(QColor(theme.muted))
            room = QRect(0, self.width() + Space.LABEL, self.width(), self.fontMetrics().height())
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft, self.caption)

    def paint_over(self, painter: QPainter) -> None:
        """Paint over the picture."""


class VolumeView(PictureView):
    """A view of a volume along one axis; pointing chooses a voxel."""

    pointed = Signal(int, int)  # row, column

    def __init__(self, themes: ThemeManager, axis: str) -> None:
        super().__init__(themes, f"along {axis}", smooth=False)
        self._cross: list[int] | None = None
        self._side = 1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip(
            f"The grid as seen along its {axis} axis. Click, drag or arrow keys: cut through "
            "another voxel"
        )

    def show_values(self, values, top: float, cross: list[int] | None, label: str) -> None:
        """Show [G, G] values from 0 to `top`, with a cross at a row and a column."""
        self._cross = cross
        self.caption = label
        if values is None:
            self.show_array(None)
            return
        self._side = values.shape[0]
        self.show_array(colormaps.colorize(values, 0.0, top, colormaps.WEIGHTS)[..., :3].copy())

    def paint_over(self, painter: QPainter) -> None:
        """Paint the cross."""
        if self._cross is not None:
            color = QColor(self._themes.theme.accent)
            color.setAlpha(150)
            painter.setPen(QPen(color, 1))
            voxel = self.width() / self._side
            row, column = ((index + 0.5) * voxel for index in self._cross)
            painter.drawLine(QPoint(0, round(row)), QPoint(self.width(), round(row)))
            painter.drawLine(QPoint(round(column), 0), QPoint(round(column), self.width()))
        if self.hasFocus():
            painter.setPen(QColor(self._themes.theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.square.adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Cut here."""
        self._point(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Cut here."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._point(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the cut by a voxel."""
        moves = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
            return
        row, column = self._cross or (self._side // 2, self._side // 2)
        self._emit(row + move[0], column + move[1])

    def _point(self, event: QMouseEvent) -> None:
        voxel = max(1.0, self.width() / self._side)
        self._emit(int(event.position().y() // voxel), int(event.position().x() // voxel))

    def _emit(self, row: int, column: int) -> None:
        if self.image is not None:
            last = self._side - 1
            self.pointed.emit(min(max(row, 0), last), min(max(column, 0), last))


class RangeBar(QWidget):
    """The colours from the lowest value to the highest."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._low, self._high = "0", "1"
        self._colors: QImage | None = None
        self.setFixedHeight(14)
        self.setFont(tabular(interface_font(CAPTION_PX)))

    def show_range(self, low: float, high: float) -> None:
        """Write other values."""
        self._low, self._high = short_value(low), short_value(high)
        if self._colors is None:
            table = colormaps.table(colormaps.WEIGHTS).copy()
            self._colors = QImage(table.data, 256, 1, 768, QImage.Format.Format_RGB888).copy()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint low, colours, high."""
        if self._colors is None:
            return
        measure = self.fontMetrics()
        left = measure.horizontalAdvance(self._low) + Space.CONTROL
        right = measure.horizontalAdvance(self._high) + Space.CONTROL
        with QPainter(self) as painter:
            painter.setPen(QColor(self._themes.theme.muted))
            align = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(self.rect(), align | Qt.AlignmentFlag.AlignLeft, self._low)
            painter.drawText(self.rect(), align | Qt.AlignmentFlag.AlignRight, self._high)
            bar = QRectF(left, self.height() / 2 - 3, self.width() - left - right, 6)
            painter.drawImage(bar, self._colors)
