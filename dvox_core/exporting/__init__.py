"""Scenes as files of other programs: point clouds, depth, grids, cameras, meshes."""
