"""An object to be rendered: meshes and the materials they are made of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from captures.meshes import Array, Mesh, merge


@dataclass(frozen=True)
class Material:
    """What Mitsuba's `principled` surface needs; colours are sRGB, 0…255."""

    colour: tuple[int, int, int] | Image.Image
    roughness: float = 0.35
    metallic: float = 0.0
    clearcoat: float = 0.0


@dataclass
class ObjectModel:
    """An object's parts by the name of their material."""

    materials: dict[str, Material] = field(default_factory=dict)
    parts: dict[str, list[Mesh]] = field(default_factory=dict)

    def add(self, material: str, mesh: Mesh, place: Array | None = None) -> None:
        """Put a mesh of a known material in its place."""
        if material not in self.materials:
            raise KeyError(f"no material is called {material!r}")
        self.parts.setdefault(material, []).append(mesh if place is None else mesh.moved(place))

    def meshes(self) -> dict[str, Mesh]:
        """One mesh a material, centred on the origin and scaled to a largest half side of 1."""
        merged = {name: merge(parts) for name, parts in self.parts.items()}
        low = np.min([mesh.vertices.min(0) for mesh in merged.values()], axis=0)
        high = np.max([mesh.vertices.max(0) for mesh in merged.values()], axis=0)
        place = np.eye(4)
        place[:3, :3] *= 2 / (high - low).max()
        place[:3, 3] = -place[:3, :3] @ (low + high) / 2
        return {name: mesh.moved(place) for name, mesh in merged.items()}
