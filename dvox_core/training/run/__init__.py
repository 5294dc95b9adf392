"""A training run: its folder, snapshots, log, commands, validation, stopping and resuming."""
