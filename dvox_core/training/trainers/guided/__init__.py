"""The guided recipe: a radiance field first, then the networks that it teaches."""
