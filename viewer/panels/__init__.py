"""Docked panels, one file each, and their registry."""
