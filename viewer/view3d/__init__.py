"""Projection of 3D points onto widgets, and the camera that orbits them."""
