"""The DeepVoxels core: geometry, networks, scene files, rendering and training, without a window."""

__version__ = "0.1.0"
