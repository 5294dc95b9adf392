"""Warps with OpenGL: each source's mesh drawn into a texture, then all of them blended."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.rendering.frame import BORDER
from dvox_core.rendering.reprojection.warp import (
    BACKDROP_REACH,
    DROPPED_STRETCH,
    KEPT_STRETCH,
    MARK,
    NEAREST,
    WarpSource,
    backdrop_rays,
)
from viewer.viewport.canvas.content import CanvasContent, Warp
from viewer.viewport.canvas.gl_tools import link, make_texture, upload
from viewer.viewport.canvas.letterbox import Rectangle

MAX_LAYERS = 3
KEPT_ON_GPU = 8

# See `reprojection.draw_mesh`, which these three shaders follow.
MESH_VERTEX = """#version 330 core
layout(location = 0) in vec3 vertex;  // column and row of the ray, depth
uniform float ray_size;
uniform vec3 lens;  // focal length, principal point, in pixels of the whole picture
uniform mat3 rotation;
uniform vec3 translation;
uniform float trained;  // pixels of the shown picture's side
out vec3 source;  // (u, v, 1) of the source's picture, times depth
out vec3 place;   // (u, v) of the target's picture, and depth / target depth; 0 where too near
void main() {
    vec2 pixel = vertex.xy * ray_size;
    float depth = vertex.z;
    source = vec3(pixel, 1.0) * depth;
    vec3 seen = rotation * vec3((pixel - lens.yz) / lens.x * depth, depth) + translation;
    bool ahead = seen.z > NEAREST * depth && depth > 0.0;
    float far = ahead ? seen.z : 1.0;
    place = vec3(lens.x * seen.xy / far + lens.yz, ahead ? depth / far : 0.0);
    vec2 shown = (place.xy - (BORDER - 0.5)) / trained * 2.0 - 1.0;
    // Depth as 1 - near/far: the nearest wins, wherever the planes lie.
    gl_Position = vec4(shown.x * far, -shown.y * far, far - 2.0 * NEAREST * depth * 0.1, far);
}
"""

MESH_GEOMETRY = """#version 330 core
layout(triangles) in;
layout(triangle_strip, max_vertices = 3) out;
uniform float ray_size;
in vec3 source[];
in vec3 place[];
out vec3 seen;
flat out float share;
void main() {
    if (place[0].z <= 0.0 || place[1].z <= 0.0 || place[2].z <= 0.0) return;
    vec2 beside = place[1].xy - place[0].xy, below = place[2].xy - place[0].xy;
    if (beside.x * below.y - beside.y * below.x <= 1e-9) return;  // seen from behind
    float longest = max(max(length(beside), length(below)), length(beside - below) / sqrt(2.0));
    float nearing = max(max(place[0].z, place[1].z), place[2].z);
    float stretch = longest / (ray_size * nearing);
    share = min((DROPPED - stretch) / (DROPPED - KEPT), 1.0);
    if (share <= 0.0) return;
    float kept = share;
    for (int corner = 0; corner < 3; ++corner) {
        share = kept;
        seen = source[corner];
        gl_Position = gl_in[corner].gl_Position;
        EmitVertex();
    }
    EndPrimitive();
}
"""

MESH_FRAGMENT = """#version 330 core
in vec3 seen;
flat in float share;
uniform sampler2D colors;
uniform float trained;
out vec4 color;
void main() {
    vec2 pixel = seen.xy / seen.z;
    color = vec4(texture(colors, (pixel - (BORDER - 0.5)) / trained).rgb, share);
}
"""

BLEND_VERTEX = """#version 330 core
out vec2 place;  // (0, 0) at the upper left
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    place = vec2(corner.x, 1.0 - corner.y);
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
"""

# See `reprojection.warp_plainly`.
BLEND_FRAGMENT = """#version 330 core
in vec2 place;
uniform int count;
uniform sampler2D layers[LAYERS];
uniform sampler2D backdrops[LAYERS];
uniform mat3 rays[LAYERS];
uniform float weights[LAYERS];
uniform sampler2D picture;
uniform float opacity;
uniform vec2 reach;  // of softened edges, as a share of the picture
out vec4 color;
// See `reprojection.softened`.
vec4 softened(sampler2D layer) {
    vec2 at = vec2(place.x, 1.0 - place.y);
    vec4 seen = texture(layer, at);
    if (seen.a <= 0.0) return seen;
    float total = 0.0;
    for (int row = -1; row <= 1; ++row)
        for (int column = -1; column <= 1; ++column)
            total += texture(layer, at + reach * vec2(column, row)).a;
    return vec4(seen.rgb, min(seen.a, total / 9.0));
}
vec3 behind(sampler2D backdrop, mat3 to_ray) {
    vec3 seen = to_ray * vec3(place - 0.5, 1.0);
    bool met = seen.z > 1e-9;
    vec2 ray = met ? seen.xy / seen.z : vec2(0.0);
    vec4 value = texture(backdrop, (ray + 0.5) / SIDE);
    vec2 outside = max(max(-ray, ray - (SIDE - 1.0)), 0.0);
    float known = clamp(2.0 * value.a - min(max(outside.x, outside.y) / REACH, 1.0), 0.0, 1.0);
    return value.rgb * (1.0 - MARK * (1.0 - (met ? known : 0.0)));
}
void main() {
    vec4 total = vec4(0.0);
    vec3 back = vec3(0.0);
    float covered = 0.0;
    for (int layer = 0; layer < LAYERS; ++layer) {
        if (layer >= count) break;
        // Arrays of samplers take only constant indices.
        vec4 seen = layer == 0 ? softened(layers[0])
                  : layer == 1 ? softened(layers[1]) : softened(layers[2]);
        vec3 far = layer == 0 ? behind(backdrops[0], rays[0])
                 : layer == 1 ? behind(backdrops[1], rays[1]) : behind(backdrops[2], rays[2]);
        total += weights[layer] * seen.a * vec4(seen.rgb, 1.0);
        covered = max(covered, seen.a);
        back += weights[layer] * far;
    }
    vec3 warped = mix(back, total.rgb / max(total.a, 1e-6), covered);
    color = vec4(mix(warped, texture(picture, place).rgb, opacity), 1.0);
}
"""

CONSTANTS = {
    "BORDER": f"{BORDER}.0",
    "NEAREST": f"{NEAREST}",
    "DROPPED": f"{DROPPED_STRETCH}",
    "KEPT": f"{KEPT_STRETCH}",
    "LAYERS": f"{MAX_LAYERS}",
    "SIDE": f"{P}.0",
    "REACH": f"{BACKDROP_REACH}.0",
    "MARK": f"{MARK}",
}


@dataclass(frozen=True, eq=False)
class _OnGpu:
    """A source's textures and mesh; `colors` is kept so that nothing else takes its place."""

    colors: NDArray[np.uint8]
    picture: int
    backdrop: int
    vertices: int


class GLWarp:
    """The OpenGL objects that warp; made, used and released while their context is current."""

    def __init__(self) -> None:
        self._mesh = link(
            {
                GL.GL_VERTEX_SHADER: MESH_VERTEX,
                GL.GL_GEOMETRY_SHADER: MESH_GEOMETRY,
                GL.GL_FRAGMENT_SHADER: MESH_FRAGMENT,
            },
            CONSTANTS,
        )
        self._blend = link(
            {GL.GL_VERTEX_SHADER: BLEND_VERTEX, GL.GL_FRAGMENT_SHADER: BLEND_FRAGMENT}, CONSTANTS
        )
        self._array = int(GL.glGenVertexArrays(1))
        self._triangles = int(GL.glGenBuffers(1))
        numbers = _triangle_numbers()
        GL.glBindVertexArray(self._array)
        GL.glBindBuffer(GL.GL_ELEMENT_ARRAY_BUFFER, self._triangles)
        GL.glBufferData(GL.GL_ELEMENT_ARRAY_BUFFER, numbers.nbytes, numbers, GL.GL_STATIC_DRAW)
        GL.glBindVertexArray(0)
        self._corners = int(GL.glGenVertexArrays(1))
        self._depth = int(GL.glGenRenderbuffers(1))
        self._frame_buffer = int(GL.glGenFramebuffers(1))
        self._layers = [make_texture() for _ in range(MAX_LAYERS)]
        self._size = (0, 0)
        self._sources: OrderedDict[int, _OnGpu] = OrderedDict()

    def draw(
        self, shown: CanvasContent, warp: Warp, picture: int, place: Rectangle, target: int
    ) -> None:
        """Draw into `place` of the frame buffer `target`.

        Args:
            shown: gives the opacity of the true picture.
            warp: what to warp.
            picture: the texture of the true picture, of any content where there is none.
        """
        width, height = int(place.width), int(place.height)
        self._set_size(width, height)
        ready = [self._on_gpu(source) for source in warp.sources[:MAX_LAYERS]]
        GL.glDisable(GL.GL_BLEND)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_LESS)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._frame_buffer)
        GL.glViewport(0, 0, width, height)
        for layer, (source, there) in enumerate(zip(warp.sources, ready, strict=False)):
            self._draw_mesh(source, there, warp, self._layers[layer])
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, target)
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glViewport(int(place.x), int(place.y), width, height)
        self._draw_blend(shown, warp, ready, picture)

    def release(self) -> None:
        """Give everything back."""
        for there in self._sources.values():
            _delete(there)
        self._sources.clear()
        GL.glDeleteTextures(len(self._layers), self._layers)
        GL.glDeleteFramebuffers(1, [self._frame_buffer])
        GL.glDeleteRenderbuffers(1, [self._depth])
        GL.glDeleteBuffers(1, [self._triangles])
        GL.glDeleteVertexArrays(2, [self._array, self._corners])
        GL.glDeleteProgram(self._mesh)
        GL.glDeleteProgram(self._blend)

    def _draw_mesh(self, source: WarpSource, there: _OnGpu, warp: Warp, layer: int) -> None:
        target = warp.target(1)
        rotation, translation = target.motion_from(source.camera)
        lens, program = warp.intrinsics, self._mesh
        GL.glFramebufferTexture2D(
            GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, layer, 0
        )
        GL.glClearColor(0, 0, 0, 0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)
        GL.glUseProgram(program)
        GL.glUniform1f(_place(program, "ray_size"), target.ray_size)
        GL.glUniform1f(_place(program, "trained"), lens.width - 2 * BORDER)
        GL.glUniform3f(_place(program, "lens"), lens.focal, lens.principal_x, lens.principal_y)
        GL.glUniformMatrix3fv(
            _place(program, "rotation"), 1, GL.GL_TRUE, rotation.astype(np.float32)
        )
        GL.glUniform3f(_place(program, "translation"), *translation)
        GL.glUniform1i(_place(program, "colors"), 0)
        GL.glActiveTexture(GL.GL_TEXTURE0)
        GL.glBindTexture(GL.GL_TEXTURE_2D, there.picture)
        GL.glBindVertexArray(self._array)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, there.vertices)
        GL.glEnableVertexAttribArray(0)
        GL.glVertexAttribPointer(0, 3, GL.GL_FLOAT, False, 0, None)
        GL.glDrawElements(GL.GL_TRIANGLES, 6 * (P - 1) ** 2, GL.GL_UNSIGNED_SHORT, None)
        GL.glBindVertexArray(0)

    def _draw_blend(
        self, shown: CanvasContent, warp: Warp, ready: list[_OnGpu], picture: int
    ) -> None:
        program, target = self._blend, warp.target(1)
        GL.glUseProgram(program)
        GL.glUniform1i(_place(program, "count"), len(ready))
        whole = sum(warp.weights[: len(ready)])
        for layer in range(MAX_LAYERS):
            there = ready[min(layer, len(ready) - 1)]  # every sampler has some texture
            source = warp.sources[min(layer, len(ready) - 1)]
            for unit, name, texture in (
                (layer, "layers", self._layers[layer]),
                (MAX_LAYERS + layer, "backdrops", there.backdrop),
            ):
                GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
                GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
                GL.glUniform1i(_place(program, f"{name}[{layer}]"), unit)
            rays = backdrop_rays(source, target).astype(np.float32)
            GL.glUniformMatrix3fv(_place(program, f"rays[{layer}]"), 1, GL.GL_TRUE, rays)
            weight = warp.weights[layer] / whole if layer < len(ready) else 0.0
            GL.glUniform1f(_place(program, f"weights[{layer}]"), weight)
        width, height = self._size
        reach = warp.target(width).soft_reach
        GL.glUniform2f(_place(program, "reach"), reach / width, reach / height)
        unit = 2 * MAX_LAYERS
        GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
        GL.glBindTexture(GL.GL_TEXTURE_2D, picture)
        GL.glUniform1i(_place(program, "picture"), unit)
        GL.glUniform1f(
            _place(program, "opacity"), shown.opacity if shown.picture is not None else 0.0
        )
        GL.glBindVertexArray(self._corners)
        GL.glDrawArrays(GL.GL_TRIANGLE_STRIP, 0, 4)
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)
        GL.glActiveTexture(GL.GL_TEXTURE0)

    def _set_size(self, width: int, height: int) -> None:
        if (width, height) == self._size:
            return
        self._size = (width, height)
        for layer in self._layers:
            GL.glBindTexture(GL.GL_TEXTURE_2D, layer)
            GL.glTexImage2D(
                GL.GL_TEXTURE_2D,
                0,
                GL.GL_RGBA8,
                width,
                height,
                0,
                GL.GL_RGBA,
                GL.GL_UNSIGNED_BYTE,
                None,
            )
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, self._depth)
        GL.glRenderbufferStorage(GL.GL_RENDERBUFFER, GL.GL_DEPTH_COMPONENT24, width, height)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._frame_buffer)
        GL.glFramebufferTexture2D(
            GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, self._layers[0], 0
        )
        GL.glFramebufferRenderbuffer(
            GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_RENDERBUFFER, self._depth
        )
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            raise RuntimeError(f"no frame buffer of {width} × {height} pixels can be drawn into")

    def _on_gpu(self, source: WarpSource) -> _OnGpu:
        key = id(source.colors)
        if key not in self._sources:
            columns, rows = np.meshgrid(np.arange(P), np.arange(P))
            mesh = np.stack([columns, rows, source.depths], axis=-1).astype(np.float32)
            vertices = int(GL.glGenBuffers(1))
            GL.glBindBuffer(GL.GL_ARRAY_BUFFER, vertices)
            GL.glBufferData(GL.GL_ARRAY_BUFFER, mesh.nbytes, mesh, GL.GL_STATIC_DRAW)
            picture, backdrop = make_texture(), make_texture()
            upload(picture, source.colors)
            upload(backdrop, source.backdrop)
            self._sources[key] = _OnGpu(source.colors, picture, backdrop, vertices)
            while len(self._sources) > KEPT_ON_GPU:
                _delete(self._sources.popitem(last=False)[1])
        self._sources.move_to_end(key)
        return self._sources[key]


def _delete(there: _OnGpu) -> None:
    GL.glDeleteTextures(2, [there.picture, there.backdrop])
    GL.glDeleteBuffers(1, [there.vertices])


def _place(program: int, name: str) -> int:
    return int(GL.glGetUniformLocation(program, name))


def _triangle_numbers() -> NDArray[np.uint16]:
    """[2 · 63², 3]: the vertices of each triangle, the one with the right angle first."""
    corner = (np.arange(P - 1)[:, None] * P + np.arange(P - 1)).ravel()
    upper = np.stack([corner, corner + 1, corner + P], axis=1)
    lower = np.stack([corner + P + 1, corner + P, corner + 1], axis=1)
    return np.concatenate([upper, lower]).astype(np.uint16)
