"""The DeepVoxels core: geometry, networks, scene files, rendering and training, no window."""

__version__ = "0.1.0"
