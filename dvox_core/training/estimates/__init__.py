"""What a training will cost: memory, time a step, trial steps."""
