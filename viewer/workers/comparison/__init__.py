"""The other side of a comparison: true pictures and second scenes."""
