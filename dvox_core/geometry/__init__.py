"""Cameras, the grid's placement, the view frustum, lifting and resampling."""
