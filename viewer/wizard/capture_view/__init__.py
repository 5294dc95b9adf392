"""A capture's cameras, points and grid box in 3D."""
