"""Docked panels, a room each, and their registry."""
