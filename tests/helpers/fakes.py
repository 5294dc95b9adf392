"""A scene and a renderer made in memory, for tests in which time must stand still."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera, Intrinsics, look_at
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, camera_hint
from dvox_core.geometry.grid import GridPlacement
from dvox_core.model.config import ModelConfig
from dvox_core.model.scene import Scene, SceneCamera
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.renderer import BetweenStages, RendererFacts, go_on


class FakeWeights:
    """Stored tensors of which there are none."""

    def shapes(self):
        return {}

    def load(self, *prefixes):
        return {}


def fake_scene(
    name="fake",
    *,
    side=128,
    occlusion=True,
    views=8,
    center=(0.1, -0.2, 0.3),
    scale=2.0,
    path=None,
) -> Scene:
    """A scene with a ring of cameras around its grid, 4 world units from the middle."""
    config = ModelConfig(
        image_size=side, grid_size=16, features=8, base_channels=8, occlusion=occlusion
    )
    cameras = []
    for index in range(views):
        angle = 2 * np.pi * index / views
        direction = np.array([np.cos(angle), np.sin(angle), 0.6]) / np.sqrt(1.36)
        cameras.append(
            SceneCamera(
                f"{index:06d}", "test", look_at(np.array(center) + 4 * direction, center, (0, 0, 1))
            )
        )
    return Scene(
        name=name,
        path=path,
        file_format="memory",
        config=config,
        intrinsics=Intrinsics(
            focal=256.0, principal_x=128.0, principal_y=128.0, height=256, width=256
        ),
        placement=GridPlacement(center, scale),
        near_plane=2.0,
        weights=FakeWeights(),
        cameras=tuple(cameras),
    )


def fake_opener(path: Path, intrinsics, progress) -> Scene:
    """Opens every path as a fake scene of that name; "broken" in the name makes it fail."""
    progress(0.5, "Reading")
    if "broken" in path.name:
        raise UserError(f"{path.name}: not a checkpoint; choose a .pth or .dvox file")
    return fake_scene(path.stem, path=path, occlusion="collapse" not in path.name)


class FakeRenderer:
    """Renders a ball with coloured stripes at the grid's centre, the same for the same camera.

    Attributes:
        delay: seconds that a view takes.
        failures: exceptions to raise, one a view, before the next view succeeds.
        rendered: cameras of all views that were rendered, oldest first.
        gate: cleared, it holds every view back until it is set.
        interruptible: whether a view that is held back can be given up.
        closed: whether its memory was given back.
        interventions: under which it renders.
    """

    def __init__(self, scene: Scene, device="cpu", precision="float32", *, delay=0.0) -> None:
        self.scene = scene
        self.delay = delay
        self.failures: list[Exception] = []
        self.rendered: list[Camera] = []
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Event()
        self.interruptible = False
        self.closed = False
        self.interventions = NO_INTERVENTIONS
        self.thread: threading.Thread | None = None
        self._facts = RendererFacts(
            "fake",
            "cpu" if device == "auto" else device,
            "float32" if precision == "auto" else precision,
        )

    @property
    def facts(self) -> RendererFacts:
        return self._facts

    def render(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        assert not self.closed, "rendered after close"
        self.thread = threading.current_thread()
        self.started.set()
        started = time.perf_counter()
        while not self.gate.wait(0.002 if self.interruptible else 30):
            assert self.interruptible, "nobody opened the gate"
            between_stages()
        if self.delay:
            time.sleep(self.delay)
        if self.failures:
            raise self.failures.pop(0)
        frame = fake_frame(self.scene, camera, extras, (time.perf_counter() - started) * 1000)
        self.rendered.append(camera)
        return replace(frame, interventions=self.interventions)

    def intervene(self, interventions: Interventions) -> None:
        self.interventions = interventions

    def close(self) -> None:
        self.closed = True


class FakeRendererFactory:
    """Makes fake renderers and keeps them; stands in for `create_renderer`."""

    def __init__(self, delay=0.0) -> None:
        self.delay = delay
        self.made: list[FakeRenderer] = []
        self.failures: list[Exception] = []

    def __call__(self, scene: Scene, device="auto", precision="auto") -> FakeRenderer:
        if self.failures:
            raise self.failures.pop(0)
        renderer = FakeRenderer(scene, device, precision, delay=self.delay)
        self.made.append(renderer)
        return renderer

    @property
    def newest(self) -> FakeRenderer:
        return self.made[-1]


def fake_frame(
    scene: Scene, camera: Camera, extras: Extra = Extra.NONE, milliseconds: float = 1.0
) -> Frame:
    """The ball as seen from `camera`, with true depth."""
    side = scene.config.image_size
    intrinsics = scene.intrinsics.scaled_to(side)
    pixels = np.arange(side)
    picture_depth, normals = _ball(scene, camera, _rays(intrinsics, pixels, pixels))
    hit = np.isfinite(picture_depth)
    stripes = np.floor(np.arctan2(normals[..., 1], normals[..., 0]) * 6 / np.pi) % 2
    colors = 0.25 + 0.35 * (normals + 1) + 0.15 * stripes[..., None]
    picture = np.where(hit[..., None], np.clip(colors, 0, 1) * 255, 245).astype(np.uint8)

    depth = contribution = None
    if scene.config.knows_depth:
        rays = np.arange(FEATURE_MAP_SIDE)
        surface, _ = _ball(scene, camera, _rays(scene.frustum.map_intrinsics, rays, rays))
        middle = (scene.frustum.near_plane + scene.frustum.far_plane) / 2
        depth = np.where(np.isfinite(surface), surface, middle).astype(np.float32)
        contribution = surface.astype(np.float32)
    planes = scene.frustum.plane_count
    entropy = visibility = None
    if depth is not None and Extra.ENTROPY in extras:
        highest = np.log2(planes)
        entropy = np.where(np.isfinite(contribution), 1.5, highest).astype(np.float32)
    if depth is not None and Extra.VISIBILITY in extras:
        visibility = np.full((planes, *depth.shape), 1 / planes, dtype=np.float32)
    outside = None
    if depth is not None and Extra.OUTSIDE in extras:
        outside = np.where(np.isfinite(contribution), 0.1, 0.9).astype(np.float32)
    return Frame(
        camera=camera,
        picture=picture,
        depth=depth,
        contribution_depth=contribution,
        stages_ms={"resample": 0.1 * milliseconds, "render": 0.9 * milliseconds},
        entropy=entropy,
        visibility=visibility,
        outside_share=outside,
        float_picture=picture / np.float32(255) if Extra.FLOAT_PICTURE in extras else None,
        collapsed=_collapsed(scene, camera) if Extra.COLLAPSED in extras else None,
        hint=camera_hint(camera, scene.frustum, scene.placement),
    )


def _collapsed(scene: Scene, camera: Camera):
    """[F, 64, 64]: features that differ from view to view."""
    seed = abs(hash(camera)) % 2**32
    size = (scene.config.features, FEATURE_MAP_SIDE, FEATURE_MAP_SIDE)
    return np.random.default_rng(seed).random(size).astype(np.float32)


def _rays(intrinsics: Intrinsics, columns, rows):
    x = (columns - intrinsics.principal_x) / intrinsics.focal
    y = (rows - intrinsics.principal_y) / intrinsics.focal
    rays = np.ones((len(rows), len(columns), 3))
    rays[..., 0] = x[None, :]
    rays[..., 1] = y[:, None]
    return rays


def _ball(scene: Scene, camera: Camera, rays):
    """Depth along the optical axis (NaN where missed) and normals, by intersecting the rays."""
    radius = 0.3 * scene.placement.scale
    directions = rays @ camera.rotation.T
    offset = camera.position - scene.pivot
    a = (directions**2).sum(-1)
    b = directions @ offset
    discriminant = b**2 - a * (offset @ offset - radius**2)
    depth = (-b - np.sqrt(np.where(discriminant >= 0, discriminant, np.nan))) / a
    depth = np.where(depth > 0, depth, np.nan)
    normals = np.nan_to_num((offset + directions * depth[..., None]) / radius)
    return depth, normals
