"""Videos: every frame of a camera path rendered in order and encoded, whole or not at all."""
