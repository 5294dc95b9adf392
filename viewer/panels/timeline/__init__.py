"""The Timeline panel: the camera path's keyframes over time."""
