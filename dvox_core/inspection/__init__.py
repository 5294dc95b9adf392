"""Looks inside a scene: depth weights, visibility of voxels, features, cause and effect."""
