"""The training wizard: its dialog, plan, state and pages."""
