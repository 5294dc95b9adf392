"""Plays, previews and records camera paths."""
