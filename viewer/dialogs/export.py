"""Asks what of the scene to export, and shows how far it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from dvox_core.camera_paths.path import CameraPath
from dvox_core.exporting.depth_views import NamedCamera
from dvox_core.exporting.request import (
    DEFAULT_RESOLUTION,
    DEFAULT_TRUST,
    RESOLUTIONS,
    ExportRequest,
)
from dvox_core.exporting.view_choice import DEFAULT_COUNT
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from viewer.dialogs.dialog import Dialog
from viewer.theme import Spacing
from viewer.widgets.number_fields import DecimalField, WholeNumberField
from viewer.widgets.progress_row import ProgressRow

REMARKS_HEIGHT = 52

AskWhere = Callable[[Path, str, Callable[[Path], object]], object]


@dataclass(frozen=True)
class Product:
    """Something that can be exported.

    Attributes:
        name: of the request's field.
        title: on the list.
        text: what comes out, for people.
        formats: title and suffix of each; a suffix without a point is a folder's format.
        renders: whether it is made of rendered views.
        needs_depth: whether the model must know depth.
    """

    name: str
    title: str
    text: str
    formats: tuple[tuple[str, str], ...]
    renders: bool = False
    needs_depth: bool = False


PRODUCTS = (
    Product(
        "points",
        "Point cloud",
        "Coloured points on which the rendered views agree, with normals, trust and the number of "
        "views that see each.",
        (("PLY", ".ply"),),
        renders=True,
        needs_depth=True,
    ),
    Product(
        "mesh",
        "Mesh",
        "Triangles with colours, where the depths of the rendered views meet (TSDF fusion).",
        (("PLY", ".ply"),),
        renders=True,
        needs_depth=True,
    ),
    Product(
        "depth",
        "Depth of views",
        "A folder: metric depth and picture of every view, and a transforms.json that names both "
        "with their cameras.",
        (("16-bit PNG, scaled", "png"), ("OpenEXR, world units", "exr"), ("NumPy (NPZ)", "npz")),
        renders=True,
        needs_depth=True,
    ),
    Product(
        "grid",
        "Voxel grid",
        "The features of every voxel, with their norms and colours, placed in the world.",
        (("VTI for ParaView", ".vti"), ("NumPy (NPZ)", ".npz"), ("VDB for Blender", ".vdb")),
    ),
    Product(
        "cameras",
        "Cameras",
        "Where the views are seen from, and the pinhole camera that they share.",
        (("transforms.json", ".json"), ("COLMAP, as text", "colmap")),
    ),
)


class ExportDialog(Dialog):
    """What, as which format, of which views, to where; then progress, until it is done."""

    requested = Signal(object, object)  # ExportRequest; the CameraPath of its views, or None
    cancel_requested = Signal()

    def __init__(
        self,
        parent: QWidget,
        scene: Scene,
        camera: Camera,
        path: CameraPath,
        folder: Path,
        name: str,  # of the scene, safe for files
        interventions: Interventions,
        ask_where: AskWhere,
    ) -> None:
        super().__init__(parent, "Export", width=560)
        self._scene, self._camera, self._path = scene, camera, path
        self._folder, self._name, self._ask_where = folder, name, ask_where
        self._interventions = interventions
        self._make_fields()
        self._lay_out()
        self.progress = ProgressRow("End the export; what is not whole is not kept")
        self.progress.cancelled.connect(self.cancel_requested)
        self.column.addWidget(self.progress)
        self.close_button = self.add_button("Close")
        self.close_button.clicked.connect(self.reject)
        self.export = self.add_button("Export", primary=True)
        self.export.clicked.connect(self._request)
        self.product.currentIndexChanged.connect(self._show_product)
        self.format.currentIndexChanged.connect(self._propose_file)
        self.views.currentIndexChanged.connect(self._show_views)
        self.file.textChanged.connect(self._show_target)
        self.browse.clicked.connect(self._browse)
        self._show_product()

    @property
    def chosen(self) -> Product:
        """What is to be exported."""
        product: Product = self.product.currentData()
        return product

    @property
    def target(self) -> Path:
        """Where to."""
        return Path(self.file.text().strip()).expanduser()

    @property
    def request(self) -> ExportRequest:
        """What the fields say."""
        product, depth_format = self.chosen, "png"
        if product.name == "depth":
            depth_format = self.format.currentData()
        edited = not self.edited.isHidden() and self.edited.isChecked()
        return ExportRequest(
            **{product.name: self.target},
            depth_format=depth_format,
            views=self._chosen_views(),
            view_count=self.count.value(),
            trust=self.trust.value(),
            resolution=self.resolution.value(),
            overwrite=True,  # as the button says where something is there
            interventions=self._interventions if edited else NO_INTERVENTIONS,
        )

    def show_progress(self, share: float, text: str) -> None:
        """Show how far the export is; nothing can be changed meanwhile."""
        self._set_running(True)
        self.progress.show_progress(share, text[:1].upper() + text[1:])

    def show_end(self, problem: str) -> None:
        """Let another export be asked for; `problem` says why this one failed, "" if it did not."""
        self._set_running(False)
        self.problem.setText(problem)

    # Fields

    def _make_fields(self) -> None:
        self.product = QComboBox()
        for product in PRODUCTS:
            if self._is_possible(product):
                self.product.addItem(product.title, product)
        self.product.setToolTip("What of the scene other programs are to have")
        self.format = QComboBox()
        self.format.setToolTip("How it is stored")
        self.views = QComboBox()
        if self._scene.cameras:
            self.views.addItem("The capture's cameras", "own")
        else:
            self.views.addItem("Rings around the scene", "own")
        self.views.addItem("The present view", "present")
        if self._path.keyframes:
            self.views.addItem("Every frame of the camera path", "path")
        self.views.setToolTip("What is rendered for it, or whose cameras are written")
        self.count = WholeNumberField()
        self.count.setRange(1, max(len(self._scene.cameras), DEFAULT_COUNT))
        self.count.setValue(min(DEFAULT_COUNT, self.count.maximum()))
        self.count.setSuffix(" views")
        self.count.setToolTip("As different in direction as can be; more take longer")
        self.count.setAccessibleName("Number of views")
        self.trust = DecimalField()
        self.trust.setDecimals(2)
        self.trust.setRange(0, 1)
        self.trust.setSingleStep(0.05)
        self.trust.setValue(DEFAULT_TRUST)
        self.trust.setToolTip(
            "Points of which the network is less sure are left out: 0 keeps all, 1 only where all "
            "depth weight is on one plane"
        )
        self.resolution = WholeNumberField()
        self.resolution.setRange(*RESOLUTIONS)
        self.resolution.setValue(DEFAULT_RESOLUTION)
        self.resolution.setToolTip(
            "Entries a side of the volume that the mesh is made of; twice as many take 8 times as "
            "long"
        )
        self.edited = QCheckBox("Under the present edits")
        self.edited.setToolTip("Otherwise the scene is exported as trained")
        self.edited.setVisible(self._interventions != NO_INTERVENTIONS)
        self.file = QLineEdit()
        self.file.setToolTip("The file, or the folder, to write")
        self.browse = QPushButton("Browse…")
        self.browse.setAutoDefault(False)

    def _lay_out(self) -> None:
        self.text = self.add_text("\n", "muted")
        self.text.setMinimumHeight(2 * self.text.fontMetrics().lineSpacing())
        grid = QGridLayout()
        grid.setHorizontalSpacing(Spacing.SECTION)
        grid.setVerticalSpacing(Spacing.CONTROL)
        grid.setColumnStretch(1, 1)
        views = _row(self.views, self.count)
        place = _row(self.file, self.browse)
        self._labels: dict[str, QLabel] = {}
        rows: Sequence[tuple[str, QWidget, QWidget | QHBoxLayout]] = (
            ("What", self.product, self.product),
            ("Format", self.format, self.format),
            ("Views", self.views, views),
            ("Least trust", self.trust, self.trust),
            ("Resolution", self.resolution, self.resolution),
            ("To", self.file, place),
        )
        for row, (title, buddy, content) in enumerate(rows):
            label = QLabel(title)
            label.setProperty("role", "muted")
            label.setBuddy(buddy)
            buddy.setAccessibleName(title)
            self._labels[title] = label
            grid.addWidget(label, row, 0)
            if isinstance(content, QHBoxLayout):
                grid.addLayout(content, row, 1)
            else:
                grid.addWidget(content, row, 1)
        grid.addWidget(self.edited, len(rows), 1)
        self.column.addLayout(grid)
        self.note, self.problem = QLabel(), QLabel()
        self.note.setProperty("role", "caption")
        self.problem.setProperty("role", "error")
        remarks = QWidget()
        remarks.setMinimumHeight(REMARKS_HEIGHT)  # nothing moves while a name is being typed
        box = QGridLayout(remarks)
        box.setContentsMargins(0, 0, 0, 0)
        for row, label in enumerate((self.note, self.problem)):
            label.setWordWrap(True)
            box.addWidget(label, row, 0)
        box.setRowStretch(2, 1)
        self.column.addWidget(remarks)

    def _is_possible(self, product: Product) -> bool:
        config = self._scene.config
        if product.needs_depth and not config.knows_depth:
            return False
        return product.name != "grid" or config.has_grid

    # Fields that follow others

    def _show_product(self) -> None:
        product = self.chosen
        self.text.setText(product.text)
        self.format.blockSignals(True)
        self.format.clear()
        for title, suffix in product.formats:
            self.format.addItem(title, suffix)
        self.format.blockSignals(False)
        uses_views = product.renders or product.name == "cameras"
        self._show_row("Views", (self.views,), uses_views)
        self._show_row("Least trust", (self.trust,), product.name == "points")
        self._show_row("Resolution", (self.resolution,), product.name == "mesh")
        self._show_views()
        self._propose_file()

    def _show_row(self, title: str, fields: Sequence[QWidget], shown: bool) -> None:
        for widget in (self._labels[title], *fields):
            widget.setVisible(shown)

    def _show_views(self) -> None:
        self.count.setVisible(self.chosen.renders and self.views.currentData() == "own")

    def _propose_file(self) -> None:
        product, suffix = self.chosen, self.format.currentData()
        words = {"points": "points", "mesh": "mesh", "grid": "grid", "depth": "depth"}
        word = words.get(product.name, "cameras")
        ending = suffix if suffix.startswith(".") else ""
        self.file.setText(str(self._folder / f"{self._name}-{word}{ending}"))

    def _show_target(self) -> None:
        exists = bool(self.file.text().strip()) and self.target.exists()
        self.note.setText(
            f"{self.target.name} is there already: it is replaced at the very end."
            if exists
            else ""
        )
        self.problem.setText("")
        self.export.setText("Replace and export" if exists else "Export")
        self.export.setEnabled(bool(self.file.text().strip()))

    def _browse(self) -> None:
        title, suffix = self.format.currentText(), self.format.currentData()
        pattern = f"*{suffix}" if suffix.startswith(".") else "*"
        self._ask_where(
            self.target, f"{title} ({pattern})", lambda path: self.file.setText(str(path))
        )

    def _chosen_views(self) -> tuple[NamedCamera, ...] | None:
        if self.views.currentData() == "present":
            return (NamedCamera(f"{self._name}-view", self._camera),)
        return None

    def _request(self) -> None:
        self._folder = self.target.parent
        self.problem.setText("")
        along = self.views.currentData() == "path" and not self.views.isHidden()
        self.requested.emit(self.request, self._path if along else None)

    def _set_running(self, running: bool) -> None:
        fields = (
            *(self.product, self.format, self.views, self.count, self.trust, self.resolution),
            *(self.edited, self.file, self.browse, self.export),
        )
        for field in fields:
            field.setEnabled(not running)
        self.close_button.setText("Hide" if running else "Close")
        if not running:
            self.progress.hide()
            self._show_target()


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(Spacing.CONTROL)
    for number, widget in enumerate(widgets):
        row.addWidget(widget, 1 if number == 0 else 0)
    return row
