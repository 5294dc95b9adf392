"""Renderers: camera in, frame out."""
