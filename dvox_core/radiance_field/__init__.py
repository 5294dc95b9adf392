"""A small radiance field fitted to a capture's pictures over the grid's box."""
