"""The Training panel: a training run's state, curves, pictures and log."""
