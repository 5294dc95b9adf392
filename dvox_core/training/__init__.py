"""The training step and the training run."""
