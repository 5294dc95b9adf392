"""Measures the window from outside: intervals, delays and blocks while a scene is turned."""
