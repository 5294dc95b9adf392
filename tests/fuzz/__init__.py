"""Feeds broken files to every reader."""
