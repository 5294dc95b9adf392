"""The words for numbers, durations, sizes, scenes and runs."""
