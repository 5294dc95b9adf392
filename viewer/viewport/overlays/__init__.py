"""What is painted over the picture."""
