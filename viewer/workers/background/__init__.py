"""Ways to work off the window's thread."""
