"""Asks what of the scene to export, and shows how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from dvox_core.camera_paths.path import CameraPath
from dvox_core.exporting.depth_views import NamedCamera
from dvox_core.exporting.request import (
    DEFAULT_RESOLUTION,
    DEFAULT_TRUST,
    RESOLUTIONS,
    DepthFormat,
    ExportRequest,
)
from dvox_core.exporting.view_choice import DEFAULT_COUNT
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from viewer.dialogs.task import TaskDialog, file_row, row_of
from viewer.widgets.number_fields import DecimalField, WholeNumberField

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


class ExportDialog(TaskDialog):
    """What, as which format, of which views, to where; then progress, until it is done."""

    requested = Signal(object, object)  # ExportRequest; the CameraPath of its views, or None

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
        super().__init__(parent, "Export", "Export")
        self._scene, self._camera, self._path = scene, camera, path
        self._folder, self._name, self._ask_where = folder, name, ask_where
        self._interventions = interventions
        self._make_fields()
        self._lay_out()
        self.run.clicked.connect(self._request)
        self.product.currentIndexChanged.connect(self._show_product)
        self.format.currentIndexChanged.connect(self._propose_file)
        self.views.currentIndexChanged.connect(self._show_views)
        self.file.textChanged.connect(self.show_target)
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
        name, target = self.chosen.name, self.target
        edited = not self.edited.isHidden() and self.edited.isChecked()
        depth_format: DepthFormat = self.format.currentData() if name == "depth" else "png"
        return ExportRequest(
            points=target if name == "points" else None,
            mesh=target if name == "mesh" else None,
            depth=target if name == "depth" else None,
            grid=target if name == "grid" else None,
            cameras=target if name == "cameras" else None,
            depth_format=depth_format,
            views=self._chosen_views(),
            view_count=self.count.value(),
            trust=self.trust.value(),
            resolution=self.resolution.value(),
            overwrite=True,  # as the button says where something is there
            interventions=self._interventions if edited else NO_INTERVENTIONS,
        )

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
        self.file, self.browse, self._place = file_row("The file, or the folder, to write")

    def _lay_out(self) -> None:
        self.add_rows(
            (
                ("What", self.product, self.product),
                ("Format", self.format, self.format),
                ("Views", self.views, row_of(self.views, self.count)),
                ("Least trust", self.trust, self.trust),
                ("Resolution", self.resolution, self.resolution),
                ("To", self.file, self._place),
            )
        )
        self.add_unlabelled(self.edited)

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
        self.show_row("Views", uses_views, self.views)
        self.show_row("Least trust", product.name == "points", self.trust)
        self.show_row("Resolution", product.name == "mesh", self.resolution)
        self._show_views()
        self._propose_file()

    def _show_views(self) -> None:
        self.count.setVisible(self.chosen.renders and self.views.currentData() == "own")

    def _propose_file(self) -> None:
        product, suffix = self.chosen, self.format.currentData()
        words = {"points": "points", "mesh": "mesh", "grid": "grid", "depth": "depth"}
        word = words.get(product.name, "cameras")
        ending = suffix if suffix.startswith(".") else ""
        self.file.setText(str(self._folder / f"{self._name}-{word}{ending}"))

    def show_target(self) -> None:
        """Say whether something is replaced."""
        is_named = bool(self.file.text().strip())
        exists = is_named and self.target.exists()
        self.note.setText(
            f"{self.target.name} is there already: it is replaced at the end." if exists else ""
        )
        self.problem.setText("")
        self.name_run(replaces=exists)
        self.run.setEnabled(is_named)

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
