import contextlib
import importlib
import json
from dataclasses import replace

import imageio.v3 as iio
import numpy as np
import pytest
import trimesh

from dvox_core.errors import Cancelled, UserError
from dvox_core.exporting.camera_files import write_colmap, write_transforms
from dvox_core.exporting.depth_files import png_scale
from dvox_core.exporting.depth_views import NamedCamera, depth_view, shown_intrinsics
from dvox_core.exporting.export import export_scene
from dvox_core.exporting.grid_files import write_grid
from dvox_core.exporting.request import ExportRequest, check_request
from dvox_core.exporting.view_choice import spread_views
from dvox_core.geometry.grid import GridPlacement
from dvox_core.inspection.features import feature_norms
from dvox_core.rendering.frame import Extra
from tests.helpers.fakes import FakeRenderer, fake_frame, fake_scene

RADIUS = 0.6  # of the fake scene's ball: 0.3 of the cube's side


def silent(share, text):
    pass


def export(scene, request):
    made = []

    def make_renderer():
        made.append(FakeRenderer(scene))
        return made[-1]

    facts = export_scene(scene, request, make_renderer, silent)
    assert all(renderer.closed for renderer in made)
    return dict(facts)


@pytest.fixture(scope="module")
def ball(tmp_path_factory):
    """A ball, seen from 16 sides, as points and as a mesh."""
    folder = tmp_path_factory.mktemp("ball")
    scene = fake_scene(views=16)
    request = ExportRequest(
        points=folder / "points.ply", mesh=folder / "mesh.ply", resolution=48, view_count=16
    )
    export(scene, request)
    return scene, folder


def test_points_of_a_ball_lie_on_it_with_outward_normals_and_its_colors(ball):
    scene, folder = ball
    cloud = trimesh.load(folder / "points.ply")
    offsets = cloud.vertices - scene.pivot
    radii = np.linalg.norm(offsets, axis=1)
    assert len(radii) > 1000
    voxel = scene.placement.voxel_size(scene.config.grid_size)
    assert np.abs(radii - RADIUS).max() < voxel
    assert np.median(np.abs(radii - RADIUS)) < 0.02 * RADIUS
    raw = cloud.metadata["_ply_raw"]["vertex"]["data"]
    normals = np.stack([raw[f"n{axis}"] for axis in "xyz"], axis=-1).reshape(-1, 3)
    outwards = (normals * offsets / radii[:, None]).sum(axis=1)
    assert np.median(outwards) > 0.99
    assert outwards.min() > 0.5
    # The ball's colour follows its normal (see fake_frame): the mean over stripes is known.
    colors = cloud.colors[:, :3] / 255
    expected = np.clip(0.325 + 0.35 * (offsets / radii[:, None] + 1), 0, 1)
    assert np.abs(colors - expected).mean() < 0.1
    assert raw["views"].min() >= 3
    assert 0.3 <= raw["trust"].min() <= raw["trust"].max() <= 1


def test_a_mesh_of_a_ball_is_closed_where_it_is_seen_and_has_its_volume(ball):
    scene, folder = ball
    mesh = trimesh.load(folder / "mesh.ply")
    radii = np.linalg.norm(mesh.vertices - scene.pivot, axis=1)
    seen = mesh.vertices[:, 2] > scene.pivot[2] - 0.3 * RADIUS  # the cameras stand above
    assert np.abs(radii[seen] - RADIUS).max() < 0.1 * RADIUS
    assert np.median(np.abs(radii - RADIUS)) < 0.02 * RADIUS
    outwards = (mesh.face_normals * (mesh.triangles_center - scene.pivot)).sum(axis=1)
    assert np.median(outwards) > 0.9 * RADIUS
    assert (outwards > 0).mean() > 0.98
    assert mesh.visual.kind == "vertex"


def test_a_point_that_another_view_sees_through_or_that_nobody_confirms_is_left_out(tmp_path):
    scene = fake_scene(views=16)

    class Liar(FakeRenderer):
        """One view has a wall before the ball; the others see the ball."""

        def render(self, camera, extras=Extra.NONE, between_stages=lambda: None):
            frame = super().render(camera, extras, between_stages)
            if camera != scene.cameras[0].camera:
                return frame
            near = np.full_like(frame.depth, 2.2)
            sure = np.zeros_like(near)
            return replace(frame, depth=near, contribution_depth=near, entropy=sure)

    target = tmp_path / "points.ply"
    export_scene(scene, ExportRequest(points=target), lambda: Liar(scene), silent)
    radii = np.linalg.norm(trimesh.load(target).vertices - scene.pivot, axis=1)
    assert radii.max() < RADIUS + scene.placement.voxel_size(scene.config.grid_size)


def test_depth_files_hold_what_was_rendered_and_unproject_to_the_ball(tmp_path):
    import OpenEXR

    scene = fake_scene()
    camera = scene.cameras[2].camera
    view = NamedCamera("one", camera)
    truth = depth_view(scene, view, fake_frame(scene, camera, Extra.ENTROPY)).depth
    met = np.isfinite(truth)
    stored = {}
    for name in ("png", "exr", "npz"):
        folder = tmp_path / name
        export(scene, ExportRequest(depth=folder, depth_format=name, views=(view,)))
        file = folder / "depth" / f"one.{name}"
        content = json.loads((folder / "transforms.json").read_text())
        assert content["frames"][0]["depth_file_path"] == f"depth/one.{name}"
        if name == "png":
            numbers = iio.imread(file)
            assert numbers.dtype == np.uint16
            assert np.array_equal(numbers > 0, met)
            stored[name] = np.where(met, numbers * content["depth_unit_scale_factor"], np.nan)
        elif name == "exr":
            channels = OpenEXR.File(str(file)).parts[0].channels
            (channel,) = channels.values()
            stored[name] = channel.pixels
        else:
            arrays = np.load(file)
            stored[name] = arrays["depth"]
            assert arrays["trust"].shape == truth.shape
    assert np.array_equal(stored["npz"], truth, equal_nan=True)
    assert np.array_equal(stored["exr"], truth, equal_nan=True)
    assert np.nanmax(np.abs(stored["png"] - truth)) <= 0.5001 / png_scale(scene)
    # By the cameras written beside it, as another program would: pixel middles at ½.
    matrix = np.array(content["frames"][0]["transform_matrix"])
    rows, columns = np.nonzero(met)
    depths = stored["exr"][rows, columns]
    x = (columns + 0.5 - content["cx"]) / content["fl_x"] * depths
    y = (rows + 0.5 - content["cy"]) / content["fl_y"] * depths
    points = np.stack([x, -y, -depths], axis=1) @ matrix[:3, :3].T + matrix[:3, 3]
    radii = np.linalg.norm(points - scene.pivot, axis=1)
    assert np.median(np.abs(radii - RADIUS)) < 0.01 * RADIUS
    picture = iio.imread(tmp_path / "png" / "images" / "one.png")
    assert picture.shape == (content["h"], content["w"], 3)


def test_cameras_come_back_from_colmap_and_transforms_json_as_they_were(tmp_path):
    pycolmap = pytest.importorskip("pycolmap")
    scene = fake_scene(views=5)
    views = [NamedCamera(view.name, view.camera) for view in scene.cameras]
    write_colmap(tmp_path / "sparse", scene, views)
    model = pycolmap.Reconstruction(str(tmp_path / "sparse"))
    assert model.num_images() == 5
    lens = shown_intrinsics(scene)
    for image in model.images.values():
        camera = next(view.camera for view in views if f"{view.name}.png" == image.name)
        found = image.cam_from_world().matrix()
        assert np.abs(found - camera.world_to_camera[:3]).max() < 1e-9
        ahead = camera.position + 2 * camera.forward
        pixel = image.project_point(ahead)
        assert np.allclose(pixel, (lens.principal_x + 0.5, lens.principal_y + 0.5))

    from dvox_core.data.transforms_json import TransformsJson

    write_transforms(tmp_path / "transforms.json", scene, views)
    for view in views:
        iio.imwrite(tmp_path / f"{view.name}.png", np.zeros((lens.height, lens.width, 3), np.uint8))
    source = TransformsJson().read(tmp_path / "transforms.json", tmp_path, lambda *_: None)
    for view, found in zip(views, source.views, strict=True):
        assert np.abs(found.camera.camera_to_world - view.camera.camera_to_world).max() < 1e-9
        assert found.lens.principal_x == lens.principal_x + 0.5
        assert found.lens.focal_x == lens.focal


GRID = np.random.default_rng(3).normal(size=(5, 6, 6, 6)).astype(np.float32)
PLACED = GridPlacement((1.0, 2.0, 3.0), 1.2)


def test_a_grid_as_npz_holds_features_and_where_they_are(tmp_path):
    write_grid(tmp_path / "grid.npz", GRID, PLACED)
    arrays = np.load(tmp_path / "grid.npz")
    assert np.array_equal(arrays["features"], GRID)
    assert np.allclose(arrays["grid_to_world"] @ (3, 3, 3, 1), (1, 2, 3, 1))


def test_a_grid_as_vti_puts_every_voxel_at_its_place(tmp_path):
    vtk_io = pytest.importorskip("vtkmodules.vtkIOXML", reason="vtk is not installed (560 MB)")
    from vtkmodules.util.numpy_support import vtk_to_numpy

    write_grid(tmp_path / "grid.vti", GRID, PLACED)
    reader = vtk_io.vtkXMLImageDataReader()
    reader.SetFileName(str(tmp_path / "grid.vti"))
    reader.Update()
    image = reader.GetOutput()
    assert image.GetDimensions() == (6, 6, 6)
    z, y, x = 4, 1, 2
    number = image.ComputePointId((x, y, z))
    place = PLACED.grid_to_world(6) @ (x, y, z, 1)
    assert np.allclose(image.GetPoint(number), place[:3])
    norms = vtk_to_numpy(image.GetPointData().GetArray("feature_norm"))
    assert norms[number] == feature_norms(GRID)[z, y, x]
    assert vtk_to_numpy(image.GetPointData().GetArray("feature_03"))[number] == GRID[3, z, y, x]


def openvdb_module():
    for name in ("openvdb", "pyopenvdb"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    return None


def test_a_grid_as_vdb_says_what_it_needs_where_that_is_missing(tmp_path):
    if openvdb_module() is not None:
        pytest.skip("OpenVDB is installed here")
    with pytest.raises(UserError, match="conda-forge openvdb"):
        write_grid(tmp_path / "grid.vdb", GRID, PLACED)
    assert list(tmp_path.iterdir()) == []


def test_a_grid_as_vdb_puts_every_voxel_at_its_place(tmp_path):
    vdb = openvdb_module()
    if vdb is None:
        pytest.skip("OpenVDB's Python module is not installed (not on PyPI)")
    write_grid(tmp_path / "grid.vdb", GRID, PLACED)
    grids, _ = vdb.readAll(str(tmp_path / "grid.vdb"))
    density = next(grid for grid in grids if grid.name == "density")
    z, y, x = 4, 1, 2
    place = PLACED.grid_to_world(6) @ (x, y, z, 1)
    assert np.allclose(density.transform.indexToWorld((x, y, z)), place[:3])
    values = density.getConstAccessor()
    assert np.isclose(values.getValue((x, y, z)), feature_norms(GRID)[z, y, x])


def test_views_are_spread_and_rings_stand_in_for_cameras(tmp_path):
    scene = fake_scene(views=12)
    chosen = spread_views(scene, 3)
    directions = [view.camera.position - scene.pivot for view in chosen]
    angles = [
        np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
        for index, a in enumerate(directions)
        for b in directions[:index]
    ]
    assert min(angles) > 70  # two of twelve neighbours are 26° apart
    rings = spread_views(replace(scene, cameras=()), 8)
    assert len({view.name for view in rings}) == 8
    for view in rings:
        aim = scene.pivot - view.camera.position
        assert view.camera.forward @ aim / np.linalg.norm(aim) > 0.999


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "name what to export"),
        ({"points": "points.obj"}, "end the name in .ply"),
        ({"grid": "grid.raw"}, "end the name in .npz, .vti, .vdb"),
        ({"points": "p.ply", "trust": 1.5}, "trust 1.5: choose from 0 to 1"),
        ({"mesh": "m.ply", "resolution": 4}, "resolution 4"),
        ({"points": "a.ply", "mesh": "a.ply"}, "named twice"),
        ({"depth": "folder", "views": ()}, "no view to export"),
    ],
)
def test_what_cannot_be_exported_is_refused_before_anything_is_rendered(tmp_path, change, message):
    paths = ("points", "grid", "mesh", "depth")
    settings = {key: tmp_path / value if key in paths else value for key, value in change.items()}
    with pytest.raises(UserError, match=message):
        check_request(fake_scene(), ExportRequest(**settings))


def test_what_is_there_is_replaced_only_when_asked_and_foreign_folders_never(tmp_path):
    scene = fake_scene()
    view = NamedCamera("one", scene.cameras[0].camera)
    request = ExportRequest(depth=tmp_path / "depth", views=(view,))
    export(scene, request)
    with pytest.raises(UserError, match="is there already"):
        export(scene, request)
    export(scene, replace(request, overwrite=True))
    (tmp_path / "depth" / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match=r"holds thesis\.txt"):
        export(scene, replace(request, overwrite=True))
    with pytest.raises(UserError, match="has no depth"):
        check_request(fake_scene(occlusion=False), ExportRequest(points=tmp_path / "points.ply"))


def test_a_cancelled_export_leaves_no_file(tmp_path):
    scene = fake_scene()

    def cancel_at_the_second_view(share, text):
        if "2 of" in text:
            raise Cancelled

    request = ExportRequest(depth=tmp_path / "depth")
    renderer = FakeRenderer(scene)
    with pytest.raises(Cancelled):
        export_scene(scene, request, lambda: renderer, cancel_at_the_second_view)
    assert renderer.closed
    assert list(tmp_path.iterdir()) == []
