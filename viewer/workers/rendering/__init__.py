"""The open scene and the thread that renders it."""
