"""Follows training runs by their folders."""
