"""Simple renderers to compare against."""
