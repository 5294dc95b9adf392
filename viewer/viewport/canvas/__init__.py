"""Paints pictures and warped frames, with OpenGL and with QPainter."""
