"""The stages of the present view, and the replay of how its grid came about."""
