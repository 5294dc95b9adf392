"""The Voxels panel: the grid as a cloud and in slices, and its editing."""
