"""Scene files and the authors' checkpoints."""
