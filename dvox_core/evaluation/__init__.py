"""Scores of rendered views against true ones."""
