"""The window: a Qt application around the DeepVoxels core."""
