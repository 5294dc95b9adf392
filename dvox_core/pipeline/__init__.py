"""The method stage by stage: from pictures to the grid, and from the grid to a view."""
