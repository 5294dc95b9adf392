"""Finds out how far views can be trusted."""
