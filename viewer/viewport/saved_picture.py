"""What is saved of the viewport's picture: any size, opacity, border, legend."""

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from dvox_core.exporting.pictures import (
    PictureOptions,
    resized,
    surface_opacity,
    whole_picture,
    with_opacity,
)
from dvox_core.geometry.frustum import Frustum
from dvox_core.rendering.frame import BORDER, Frame
from dvox_core.rendering.pictures import Legend, Picture
from viewer.theme import Theme
from viewer.viewport.overlays.legend_bar import LegendBar
from viewer.widgets.images import rgba_image

LEGEND_SHARE = 0.6
"""Of the picture's width that a legend takes at most."""

FULL_SIDE = 800
"""In a picture of so many pixels the legend is as large as in the window, and grows from there."""

LEGEND_EDGE = 0.02


def saved_picture(
    frame: Frame,
    picture: Picture,
    frustum: Frustum,
    options: PictureOptions,
    legend: QImage | None,
) -> QImage:
    """The image to save of a frame; a large one takes long, so call it off the window's thread.

    Args:
        picture: of the frame in the display mode.
        legend: to draw at the lower right; see `legend_image`.
    """
    rgba = picture.rgba
    if options.with_border and picture.legend is None:
        rgba = whole_picture(frame)
    opacity = surface_opacity(frame, frustum) if options.transparent else None
    if opacity is not None:
        if len(opacity) < len(rgba):  # of the border nobody knows more than that it is painted
            opacity = np.pad(opacity, BORDER, constant_values=255)
        rgba = with_opacity(rgba, opacity)
    image = rgba_image(resized(rgba, options.side, options.resampling))
    if opacity is None:
        image = image.convertToFormat(QImage.Format.Format_RGB888)
    if options.with_legend and legend is not None:
        edge = round(LEGEND_EDGE * image.width())
        painter = QPainter(image)
        painter.drawImage(
            max(image.width() - legend.width() - edge, 0),
            max(image.height() - legend.height() - edge, 0),
            legend,
        )
        painter.end()
    return image


def legend_image(legend: Legend, side: int, theme: Theme) -> QImage:
    """A legend as the viewport shows it, to be drawn into a picture of `side` pixels.

    In its own size where it takes no more than `LEGEND_SHARE` of the width, larger in large
    pictures, smaller in small ones.
    """
    bar = LegendBar()
    bar.apply_theme(theme)
    bar.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    bar.show_legend(legend)
    size = bar.sizeHint()
    scale = max(side / FULL_SIDE, min(1.0, LEGEND_SHARE * side / size.width()))
    image = QImage(
        max(round(size.width() * scale), 1),
        max(round(size.height() * scale), 1),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(scale, scale)
    bar.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()
    bar.hide()
    bar.deleteLater()
    return image


def widget_image(widget: QWidget, scale: float) -> QImage:
    """All of a widget, with `scale` pixels for each of its own."""
    size = widget.size()
    image = QImage(
        round(size.width() * scale), round(size.height() * scale), QImage.Format.Format_RGB888
    )
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().window().color())
    widget.render(image)
    image.setDevicePixelRatio(1)
    return image
