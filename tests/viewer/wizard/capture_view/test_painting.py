"""Where the imported square lies in a picture."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from scipy.spatial.transform import Rotation

from dvox_core.geometry.cameras import Intrinsics
from tests.core.data.capture_makers import PINHOLE
from viewer.wizard.capture_view.painting import crop_outline

PLACE = QRectF(0, 0, PINHOLE.width, PINHOLE.height)
EVEN_ODD = Qt.FillRule.OddEvenFill


def test_a_square_that_goes_on_behind_the_camera_still_holds_what_it_holds() -> None:
    wide = Intrinsics(20.0, 31.5, 31.5, 64, 64)  # 58 degrees to either side
    turn = Rotation.from_euler("y", 50, degrees=True).as_matrix()
    bent = replace(PINHOLE, radial=(-0.2, 0.0))
    for lens in (PINHOLE, bent):
        outline = crop_outline(lens, wide, PLACE, turn)
        for place in PLACE.center(), QPointF(79, 2), QPointF(79, 58):
            assert outline.containsPoint(place, EVEN_ODD)
        assert np.isfinite([(point.x(), point.y()) for point in outline]).all()


def test_a_square_within_a_picture_lies_where_its_camera_looks() -> None:
    narrow = Intrinsics(180.0, 15.5, 15.5, 32, 32)
    box = crop_outline(PINHOLE, narrow, PLACE).boundingRect()
    assert abs(box.width() - 16) < 0.01  # half the lens's focal length
    assert abs(box.center().x() - PINHOLE.principal_x) < 0.3
