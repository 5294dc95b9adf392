"""What the window shows: scene, camera, display mode and selection."""
