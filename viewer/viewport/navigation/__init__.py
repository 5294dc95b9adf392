"""Turns events into camera motions."""
